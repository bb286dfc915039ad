import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { wantsColour } from '../output/colour.ts';
import type { Screen } from '../output/outcome.ts';

/** What the program needs from the process that it runs in, so that a test can be one. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: () => string;
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Emits SIGINT, SIGTERM, SIGHUP and uncaughtException. */
  readonly events: EventEmitter;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

export function screenOf({ env, stdout, stderr }: Host, json: boolean): Screen {
  const colour = {
    stdout: wantsColour({ env, isTty: stdout.isTTY === true }),
    stderr: wantsColour({ env, isTty: stderr.isTTY === true }),
  };
  return { stdout, stderr, json, colour };
}

/**
 * Whether progress can be a list that redraws itself. listr2 draws nothing unless stdout is a terminal too, nor on a
 * terminal that does not know its width (0 columns).
 */
export function isLive({ env, stdout, stderr }: Host, json: boolean): boolean {
  const terminal = stdout.isTTY === true && stderr.isTTY === true && (stderr.columns ?? 0) > 20;
  return terminal && !isCi(env) && !json && env.TERM !== 'dumb';
}

/** Whether a person can be asked. */
export function isInteractive({ env, stdin, stderr }: Host): boolean {
  return stderr.isTTY === true && !isCi(env) && stdin().isTTY === true;
}

function isCi(env: Host['env']): boolean {
  return env.CI !== undefined && env.CI !== '';
}
