import { isThere, removeFile } from '../../lib/files.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';

/**
 * Runs the start of a project that is to be known as somebody's. Marked first: a record without a mark is a person's. A
 * start that came to no record leaves no mark either.
 * @param file what `mark` writes.
 */
export async function whileMarked<T>(
  { record }: Pick<ProjectPaths, 'record'>,
  { file, mark }: { readonly file: string; readonly mark: () => Promise<void> },
  start: () => Promise<T>,
): Promise<T> {
  await mark();
  try {
    return await start();
  } catch (error) {
    if (!(await isThere(record))) await removeFile(file);
    throw error;
  }
}
