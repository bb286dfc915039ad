import { join } from 'node:path';
import { readTextIfThere, writeJson } from './files.ts';

/** Written last, so that a folder that was filled half way does not count. */
const MARKER = 'complete.json';

/** Says that the folder now holds all of `contents`, e.g. names of packages. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function markComplete(folder: string, contents: readonly string[]): Promise<void> {
  await writeJson(join(folder, MARKER), contents);
}

/** Whether the folder was filled to the end, and with exactly these contents. */
export async function isComplete(folder: string, contents: readonly string[]): Promise<boolean> {
  const text = await readTextIfThere(join(folder, MARKER));
  return text !== undefined && text.trim() === JSON.stringify(contents, null, 2);
}
