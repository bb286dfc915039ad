/** Keys of a profile: text with the names of body fields in braces, and in stores with `*` for anything. Pure. */
import { fieldText, type TrafficEvent } from '../../../../stack/contract/traffic-event.ts';

export interface KeyTemplate {
  /** As the profile has it. */
  readonly text: string;
  /** Names of the fields that it holds, without `run`. */
  readonly fields: readonly string[];
  /** The key, where it is one and the same for the whole run. */
  readonly fixed: string | undefined;
  /** As patterns of the server write it (https://redis.io/docs/latest/commands/keys/). */
  readonly glob: string;
  /** The key of an event. @throws Error for a field that the body does not have: null is left out of it. */
  fill(event: TrafficEvent): string;
  /** Whether some event could have this key. */
  matches(key: string): boolean;
}

/** `\{`, `\}`, `\*` and `\\` are these characters themselves; `{*}` is a star between braces. */
const TOKEN = /\\([{}*\\])|\{([^{}*\\]+)\}|(\*)/g;

type Part = { readonly literal: string } | { readonly field: string } | 'anything';

/** @param stars whether `*` stands for anything, as in a store; else it is a character. */
export function parseKeyTemplate(
  text: string,
  { runId, stars }: { readonly runId: string; readonly stars: boolean },
): KeyTemplate {
  const parts = partsOf(text, runId, stars);
  const [only] = parts;
  const fixed = parts.length === 1 && typeof only === 'object' && 'literal' in only ? only.literal : undefined;
  const fields = parts.flatMap((part) => (typeof part === 'object' && 'field' in part ? [part.field] : []));
  const pattern = new RegExp(`^${parts.map(asRegExp).join('')}$`, 's');
  return {
    text,
    fields,
    fixed,
    glob: parts.map(asGlob).join(''),
    fill: fixed === undefined ? (event) => filled(parts, event) : () => fixed,
    matches: fixed === undefined ? (key) => pattern.test(key) : (key) => key === fixed,
  };
}

/** Texts that stand beside each other are one part; of a text without anything else that is the only one. */
function partsOf(text: string, runId: string, stars: boolean): readonly Part[] {
  const parts: Part[] = [];
  let literal = '';
  const end = (): void => {
    if (literal !== '') parts.push({ literal });
    literal = '';
  };
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, escaped, field] = match;
    literal += text.slice(at, match.index);
    at = match.index + whole.length;
    if (escaped !== undefined) literal += escaped;
    else if (field === 'run') literal += runId;
    else if (field === undefined && !stars) literal += whole;
    else {
      end();
      parts.push(field === undefined ? 'anything' : { field });
    }
  }
  literal += text.slice(at);
  end();
  return parts;
}

function filled(parts: readonly Part[], event: TrafficEvent): string {
  let key = '';
  for (const part of parts) {
    if (part === 'anything') throw new Error('a key to write to has no *');
    key += 'literal' in part ? part.literal : textOf(event, part.field);
  }
  return key;
}

/** The value of a field as text. @throws Error where there is none. */
export function textOf(event: TrafficEvent, field: string): string {
  const text = fieldText(event, field);
  if (text === undefined) throw new Error(`the body has no ${field}, which its key is made of`);
  return text;
}

function asRegExp(part: Part): string {
  return typeof part === 'object' && 'literal' in part
    ? part.literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
    : '.*';
}

function asGlob(part: Part): string {
  return typeof part === 'object' && 'literal' in part ? part.literal.replaceAll(/[\\*?[\]]/g, '\\$&') : '*';
}
