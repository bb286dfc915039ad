import { dirname, join } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';
import { shellWord } from '../../lib/quote.ts';

type Named = { readonly name: string; readonly folder: string };

/** How a command names this stack: a built-in one by its name, another one by its folder. */
export function stackArgument({ name, folder }: Named): string {
  return dirname(folder) === join(packageRoot(), 'templates') ? name : folder;
}

/** The same, quoted where a shell needs it. */
export function stackReference(stack: Named): string {
  return shellWord(stackArgument(stack));
}
