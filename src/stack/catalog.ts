import { readdir, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { suggest } from './suggest.ts';

export interface FoundStack {
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  readonly builtIn: boolean;
}

/** Names of the stacks that come with stackctl, sorted. */
export async function builtInStacks(templatesFolder: string): Promise<readonly string[]> {
  const entries = await readdir(templatesFolder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const isStack = await Promise.all(folders.map((name) => hasStack(join(templatesFolder, name))));
  return folders.filter((_, index) => isStack[index]).sort();
}

/** What a reference means, whether or not a stack is there. `name`: of a built-in stack. */
export async function stackAt(
  ref: string,
  templatesFolder: string,
  base: string,
): Promise<{ readonly folder: string; readonly name: string | undefined }> {
  const names = await builtInStacks(templatesFolder);
  if (names.includes(ref)) return { folder: join(templatesFolder, ref), name: ref };
  const path = isAbsolute(ref) ? ref : join(base, ref);
  return { folder: basename(path) === 'stack.yaml' ? join(path, '..') : path, name: undefined };
}

/**
 * @param ref the name of a built-in stack, or the path of a folder with a stack.yaml (or of that file).
 * @param base the folder that a relative path starts from.
 * @throws E_STACK_NOT_FOUND with the list of built-in stacks.
 */
export async function findStack(ref: string, templatesFolder: string, base: string): Promise<FoundStack> {
  const { folder, name } = await stackAt(ref, templatesFolder, base);
  if (name !== undefined) return { folder, builtIn: true };
  if (await hasStack(folder)) return { folder, builtIn: false };
  const names = await builtInStacks(templatesFolder);
  throw notFound(ref, names, /[/\\]/.test(ref) ? folder : undefined);
}

export async function hasStack(folder: string): Promise<boolean> {
  const found = await stat(join(folder, 'stack.yaml')).catch(() => undefined);
  return found?.isFile() === true;
}

function notFound(ref: string, names: readonly string[], folder: string | undefined): StackctlError {
  const near = folder === undefined ? suggest(ref, names) : undefined;
  const why = folder === undefined ? `there is no stack "${ref}"` : `there is no stack.yaml in ${folder}`;
  return new StackctlError('E_STACK_NOT_FOUND', near === undefined ? why : `${why}; did you mean "${near}"?`, {
    hint: `Built-in stacks: ${names.join(', ')}. A stack of your own is named by the path of its folder, e.g. ./my-stack.`,
    details: { stack: ref, builtIn: names, ...(near === undefined ? {} : { didYouMean: near }) },
  });
}
