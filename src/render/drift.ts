import { join } from 'node:path';
import { readTextIfThere } from '../lib/files.ts';
import { lineDiff } from '../lib/line-diff.ts';
import type { RenderedFile } from '../stack/contract/kind.ts';

export interface Difference {
  readonly path: string;
  readonly state: 'missing' | 'different';
  /** Unified style, `-` what is there, `+` what would be rendered. Not shown for a file with a secret. */
  readonly diff: string;
}

/** Files of `folder` that are not what would be rendered. Volatile files may differ: they follow the running project. */
export async function drift(folder: string, files: readonly RenderedFile[]): Promise<readonly Difference[]> {
  const found = await Promise.all(
    files.map(async ({ path, text, mode, volatile }): Promise<Difference | undefined> => {
      const there = await readTextIfThere(join(folder, path));
      if (there === undefined) return { path, state: 'missing', diff: `--- ${path}: missing` };
      if (there === text || volatile === true) return undefined;
      const body = mode === 0o600 ? '(holds a secret: not shown)' : lineDiff(there, text);
      return { path, state: 'different', diff: `--- ${path}\n${body}` };
    }),
  );
  return found.filter((difference) => difference !== undefined);
}
