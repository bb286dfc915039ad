import { StackctlError } from '../errors.ts';
import { Secret } from '../lib/secret.ts';
import { placeFinder } from '../lib/text-place.ts';
import type { TemplateItem, TemplateScalar, TemplateVariables } from '../stack/contract/files.ts';
import type { Position } from '../stack/source/problem.ts';

export interface Template {
  /** For error messages. */
  readonly path: string;
  readonly text: string;
}

export interface Filled {
  readonly text: string;
  /** The text holds a secret: it belongs in a file of mode 0600. */
  readonly secret: boolean;
  /** Where in the template a place of `text` comes from; inside a filled value, the tag. Lines and columns from 1. */
  readonly origin: (line: number, column: number) => Position;
}

/** A stretch of the filled text. What was copied from the template has the length that it has there. */
interface Piece {
  readonly text: string;
  /** Offset in the template. */
  readonly from: number;
  readonly copied: boolean;
}

/**
 * Fills `{{name}}` and `{{#each name}} … {{/each}}` (`{{this}}`, or a field of the item); nothing else exists. A line
 * that holds only a block tag leaves no line behind.
 * @throws E_STACK_INVALID with every unknown name and unclosed block, each with file:line:column.
 */
export function fillTemplate(template: Template, variables: TemplateVariables): Filled {
  const problems: string[] = [];
  const at = (offset: number): string => `${template.path}:${position(template.text, offset)}`;
  const state = { secret: false };

  const scalar = (value: TemplateScalar): string => {
    if (value instanceof Secret) {
      state.secret = true;
      return value.reveal();
    }
    return String(value);
  };

  const pieces: Piece[] = [];
  const fill = (text: string, offset: number, item: TemplateItem | undefined): void => {
    let rest = 0;
    const copy = (end?: number) => pieces.push({ text: text.slice(rest, end), from: offset + rest, copied: true });
    for (const tag of tagsOf(text)) {
      if (tag.start < rest) continue; // inside a block that was filled already
      copy(tag.start);
      rest = tag.end;
      if (tag.name.startsWith('#each ')) {
        const listName = tag.name.slice('#each '.length);
        const list = Object.hasOwn(variables, listName) ? variables[listName] : undefined;
        const close = closing(text, tag.end);
        if (close === undefined) problems.push(`${at(offset + tag.start)}: {{${tag.name}}} is never closed`);
        else if (!Array.isArray(list)) problems.push(`${at(offset + tag.start)}: {{${tag.name}}} names no list`);
        else {
          const body = text.slice(tag.end, close.start);
          for (const entry of list) fill(body, offset + tag.end, entry);
        }
        if (close !== undefined) rest = close.end;
        continue;
      }
      const value = lookUp(tag.name, variables, item);
      if (value === undefined) problems.push(`${at(offset + tag.start)}: ${whyNothing(tag.name, variables)}`);
      else pieces.push({ text: scalar(value), from: offset + tag.start, copied: false });
    }
    copy();
  };

  fill(template.text, 0, undefined);
  if (problems.length > 0) {
    // A mistake inside a block is found once for each item.
    const unique = [...new Set(problems)];
    throw new StackctlError(
      'E_STACK_INVALID',
      `the template ${template.path} cannot be filled:\n${unique.join('\n')}`,
      {
        hint: `Known names: ${Object.keys(variables).sort().join(', ')}.`,
        details: { problems: unique },
      },
    );
  }
  const text = pieces.map((piece) => piece.text).join('');
  return { text, secret: state.secret, origin: (line, column) => originOf(template, text, pieces, { line, column }) };
}

function originOf(
  { path, text }: Template,
  filled: string,
  pieces: readonly Piece[],
  at: { readonly line: number; readonly column: number },
): Position {
  const before = filled.split('\n').slice(0, at.line - 1);
  let offset = before.reduce((sum, line) => sum + line.length + 1, at.column - 1);
  for (const piece of pieces) {
    if (offset < piece.text.length) {
      const [line = 1, column = 1] = position(text, piece.from + (piece.copied ? offset : 0))
        .split(':')
        .map(Number);
      return { file: path, line, column };
    }
    offset -= piece.text.length;
  }
  return { file: path, line: 1, column: 1 };
}

interface Tag {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A block tag alone on its line takes the whole line with it. */
const TAG = /(?<=^|\n)[ \t]*\{\{\s*(#each\s+\w+|\/each)\s*\}\}[ \t]*\n|\{\{\s*([^{}]*?)\s*\}\}/g;

function tagsOf(text: string): readonly Tag[] {
  return [...text.matchAll(TAG)].map((match) => ({
    name: (match[1] ?? match[2] ?? '').replace(/\s+/, ' '),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** The tag that closes the block which starts before `from`. Blocks do not nest. */
function closing(text: string, from: number): Tag | undefined {
  return tagsOf(text).find(({ name, start }) => start >= from && name === '/each');
}

function lookUp(
  name: string,
  variables: TemplateVariables,
  item: TemplateItem | undefined,
): TemplateScalar | undefined {
  if (item !== undefined && name === 'this') return isScalar(item) ? item : undefined;
  const field = item !== undefined && !isScalar(item) && Object.hasOwn(item, name) ? item[name] : undefined;
  const value = field ?? (Object.hasOwn(variables, name) ? variables[name] : undefined);
  return value === undefined || Array.isArray(value) ? undefined : (value as TemplateScalar);
}

function whyNothing(name: string, variables: TemplateVariables): string {
  return Object.hasOwn(variables, name) && Array.isArray(variables[name])
    ? `{{${name}}} is a list: write {{#each ${name}}} … {{this}} … {{/each}}`
    : `nothing is called {{${name}}}`;
}

function isScalar(item: TemplateItem): item is TemplateScalar {
  return typeof item !== 'object' || item instanceof Secret;
}

/** `line:column`, both from 1. */
function position(text: string, offset: number): string {
  const { line, column } = placeFinder(text)(offset);
  return `${line}:${column}`;
}
