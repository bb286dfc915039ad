import { dirname, join } from 'node:path';
import { packageRoot } from '../lib/package-root.ts';

/** How a command names this stack: a built-in one by its name, another one by its folder, quoted where a shell needs it. */
export function stackReference({ name, folder }: { readonly name: string; readonly folder: string }): string {
  if (dirname(folder) === join(packageRoot(), 'templates')) return name;
  return /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
}
