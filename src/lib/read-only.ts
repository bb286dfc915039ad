import { access, constants } from 'node:fs/promises';
import { errorText, systemCode } from '../errors.ts';
import { pollFor } from './poll.ts';

/** Whether nothing can be written into a folder because of how it is mounted. Writes nothing. @throws other errors of the look. */
export async function isReadOnly(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK);
    return false;
  } catch (error) {
    if (systemCode(error) === 'EROFS') return true;
    throw error;
  }
}

/** While a file is open for writing there, a place is busy, e.g. that of a server which is just saving. */
const BUSY_MS = 2000;

/**
 * Runs a program that mounts something, again for a while where the place is busy.
 * @returns what it said last; undefined: it is done.
 */
export async function mountProblem(program: string, args: readonly string[]): Promise<string | undefined> {
  const { execFile } = process.getBuiltinModule('node:child_process');
  let problem = '';
  const attempt = (): Promise<true | undefined> =>
    new Promise((resolve) => {
      execFile(program, args, (error, _stdout, stderr) => {
        problem = stderr.split('\n')[0] || errorText(error);
        resolve(error === null ? true : undefined);
      });
    });
  const isDone = await pollFor(BUSY_MS, attempt, { everyMs: 20 });
  return isDone === true ? undefined : problem;
}
