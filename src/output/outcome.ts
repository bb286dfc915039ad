import type { Writable } from 'node:stream';
import { EXIT, type StackctlError } from '../errors.ts';
import { envelopeLine } from './envelope.ts';
import { errorReport } from './errors.ts';
import { safeText, unpainted } from './paint.ts';

/** How a run ended, ready to be printed. */
export interface Outcome {
  /** Name of the verb, `stackctl` when there was none. */
  readonly command: string;
  readonly answer: Answer;
  readonly warnings: readonly string[];
  readonly error: StackctlError | undefined;
}

export type Answer =
  | { readonly type: 'result'; readonly data: unknown; readonly text: string }
  /** Text that has no JSON form: help. */
  | { readonly type: 'text'; readonly text: string }
  /** The command printed its own answer, or failed before it had one. */
  | { readonly type: 'none'; readonly exitCode: number };

export interface Screen {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly json: boolean;
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Prints the answer on stdout and, without `--json`, the error on stderr. Returns the exit code. */
export function printOutcome(outcome: Outcome, screen: Screen): number {
  const { answer, error } = outcome;
  const asJson = screen.json && (answer.type === 'result' || error !== undefined);
  if (asJson) screen.stdout.write(envelopeLine({ ...outcome, data: answer.type === 'result' ? answer.data : null }));
  else if (answer.type !== 'none' && answer.text !== '')
    screen.stdout.write(`${shade(answer.text, screen.colour.stdout)}\n`);
  if (error !== undefined && !asJson) screen.stderr.write(shade(errorReport(error), screen.colour.stderr));
  if (error !== undefined) return error.exitCode;
  return answer.type === 'none' ? answer.exitCode : EXIT.ok;
}

/** Our text with or without its colours. Every other control character is printed as text, so that a terminal does not act on it. */
export function shade(text: string, colour: boolean): string {
  return safeText(colour ? text : unpainted(text));
}
