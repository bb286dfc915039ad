/** What a health check of a Compose file means as `readiness:`. Pure. */
import { shellWord } from '../../lib/quote.ts';
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import { healthCallOf } from './health-call.ts';

/** Whether a service is asked over HTTP, by a program inside it, or in the way of its kind. */
export type PlannedReadiness =
  | { readonly type: 'http'; readonly port: string; readonly path: string }
  | { readonly type: 'exec'; readonly command: readonly string[]; readonly timeoutS?: number };

/** Seconds that a check has without `timeoutS`, and the most that this takes. */
const USUAL_S = 2;
const MOST_S = 60;

/** @param ports number inside -> name. */
export function readinessOf(
  { healthcheck, healthcheckTimeoutS }: Pick<ComposeService, 'healthcheck' | 'healthcheckTimeoutS'>,
  ports: ReadonlyMap<number, string>,
): PlannedReadiness | undefined {
  const [how, ...words] = healthcheck ?? [];
  if (how === undefined || how === 'NONE' || words.length === 0) return undefined;
  const call = healthCallOf(words);
  const port = call === undefined ? undefined : ports.get(call.port);
  if (call !== undefined && port !== undefined) return { type: 'http', port, path: call.path };
  const time = healthcheckTimeoutS !== undefined && healthcheckTimeoutS > USUAL_S ? healthcheckTimeoutS : undefined;
  const timeoutS = time === undefined ? {} : { timeoutS: Math.min(time, MOST_S) };
  if (how === 'CMD-SHELL') return { type: 'exec', command: ['/bin/sh', '-c', words.join(' ')], ...timeoutS };
  return { type: 'exec', command: how === 'CMD' ? words : [how, ...words], ...timeoutS };
}

/** Shorter texts stand in words that have nothing to do with a secret. */
const SHORTEST = 6;

/**
 * A check that holds a secret asks the variable that has it: no secret can be filled in where the check stands.
 * @param secrets texts of the service's variables that are secrets -> name of the variable.
 */
export function withVariables(
  readiness: PlannedReadiness | undefined,
  secrets: ReadonlyMap<string, string>,
): PlannedReadiness | undefined {
  if (readiness?.type !== 'exec') return readiness;
  const { command } = readiness;
  const used = [...secrets].filter(([text]) => text.length >= SHORTEST && command.some((word) => word.includes(text)));
  if (used.length === 0) return readiness;
  const [shell, flag, script] = command;
  const isScript = shell === '/bin/sh' && flag === '-c' && script !== undefined && command.length === 3;
  const text = isScript
    ? used.reduce((all, [secret, name]) => all.replaceAll(secret, `$${name}`), script)
    : command.map((word) => quoted(word, used)).join(' ');
  return { ...readiness, command: ['/bin/sh', '-c', text] };
}

function quoted(word: string, secrets: readonly (readonly [text: string, name: string])[]): string {
  const [first, ...rest] = secrets;
  if (first === undefined) return word === '' ? '' : shellWord(word);
  const [text, name] = first;
  return word
    .split(text)
    .map((part) => quoted(part, rest))
    .join(`"$${name}"`);
}
