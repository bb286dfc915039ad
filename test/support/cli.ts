import { type ExecFileOptions, execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The built program. */
export const STACKCTL = `${ROOT}bin/stackctl.cjs`;

export interface Finished {
  readonly code: number | string | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. Never rejects: a failure is a `code` other than 0. */
export function run(program: string, args: readonly string[], options: ExecFileOptions = {}): Promise<Finished> {
  return new Promise((resolve) => {
    const settings = { maxBuffer: 64 * 1024 * 1024, ...options, encoding: 'utf8' as const };
    execFile(program, [...args], settings, (error, out, err) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal ?? null), out, err });
    });
  });
}

/** `stackctl` as built in dist/. */
export function stackctl(args: readonly string[], options: ExecFileOptions = {}): Promise<Finished> {
  return run(STACKCTL, args, options);
}
