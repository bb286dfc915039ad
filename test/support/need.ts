import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Whether a program is on PATH. Without it a test is skipped and says so, unless STACKCTL_REQUIRE (a list with
 * commas) names it: then a missing program must fail the test instead of hiding it.
 */
export function canRun(program: string): boolean {
  const found = (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
  if (found || (process.env.STACKCTL_REQUIRE ?? '').split(',').includes(program)) return true;
  process.stderr.write(`skipped: ${program} is not installed\n`);
  return false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not for us: both mean that this folder does not have it
  }
}
