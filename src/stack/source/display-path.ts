import { isAbsolute, relative } from 'node:path';

/** A path as messages name it: relative when it is below the working folder, absolute otherwise. */
export function displayPath(path: string, cwd: string): string {
  const shorter = relative(cwd, path);
  return shorter === '' || shorter.startsWith('..') || isAbsolute(shorter) ? path : shorter;
}
