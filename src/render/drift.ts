import { join } from 'node:path';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { readTextIfThere } from '../lib/files.ts';
import type { RenderedFile } from '../stack/contract/files.ts';

export interface Difference {
  readonly path: string;
  readonly state: 'missing' | 'different';
  /**
   * A patch for `patch -p1` and `git apply` that makes the file as it would be rendered. Of a file with a secret, only a
   * line that names it.
   */
  readonly diff: string;
}

/** Files of `folder` that are not what would be rendered. Volatile files may differ: they follow the running project. */
export async function drift(folder: string, files: readonly RenderedFile[]): Promise<readonly Difference[]> {
  const found = await Promise.all(
    files.map(async (file): Promise<Difference | undefined> => {
      const { path, text, volatile } = file;
      const there = await readTextIfThere(join(folder, path));
      if (there === text || (there !== undefined && volatile === true)) return undefined;
      return { path, state: there === undefined ? 'missing' : 'different', diff: patchOf(file, there) };
    }),
  );
  return found.filter((difference) => difference !== undefined);
}

/** Beyond so many changed lines the search for the shortest patch would take seconds. */
const MOST_CHANGES = 1000;

function patchOf({ path, text, mode }: RenderedFile, there: string | undefined): string {
  if (mode === 0o600) return `${path}: ${there === undefined ? 'missing' : 'different'} (holds a secret: not shown)`;
  const before = there === undefined ? '/dev/null' : `a/${path}`;
  const patch = createTwoFilesPatch(before, `b/${path}`, there ?? '', text, undefined, undefined, {
    context: 2,
    maxEditLength: MOST_CHANGES,
    headerOptions: FILE_HEADERS_ONLY,
  });
  return patch?.trimEnd() ?? `${path}: different (too much to be shown)`;
}
