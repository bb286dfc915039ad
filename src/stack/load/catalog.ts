import { basename, dirname, isAbsolute, join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { foldersIn, statIfThere } from '../../lib/files.ts';
import { didYouMean, suggest } from '../source/suggest.ts';

export interface FoundStack {
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  readonly builtIn: boolean;
}

/** Names of the stacks that come with stackctl, sorted. */
export async function builtInStacks(templatesFolder: string): Promise<readonly string[]> {
  return (await stacksIn(templatesFolder)).toSorted();
}

/** Beside the built-in stacks: those of one server of a kind, which are not listed with them. */
export function kindsFolder(templatesFolder: string): string {
  return join(templatesFolder, '../single');
}

/** Names of the stacks of one server, sorted. */
export async function kindStacks(templatesFolder: string): Promise<readonly string[]> {
  return (await stacksIn(kindsFolder(templatesFolder))).toSorted();
}

/** Whether there is a stack with one server of this kind, see single/README.md. */
export function isKindStack(ref: string, templatesFolder: string): Promise<boolean> {
  return /^[a-z][a-z0-9-]*$/.test(ref) ? hasStack(join(kindsFolder(templatesFolder), ref)) : Promise.resolve(false);
}

/** What a reference means, whether or not the stack exists. `name`: of a built-in stack, or of one of a kind. */
export async function stackAt(
  ref: string,
  templatesFolder: string,
  base: string,
): Promise<{ readonly folder: string; readonly name: string | undefined }> {
  const names = await builtInStacks(templatesFolder);
  if (names.includes(ref)) return { folder: join(templatesFolder, ref), name: ref };
  const path = isAbsolute(ref) ? ref : join(base, ref);
  if (!(await hasStack(path)) && (await isKindStack(ref, templatesFolder))) {
    return { folder: join(kindsFolder(templatesFolder), ref), name: ref };
  }
  return { folder: basename(path) === 'stack.yaml' ? join(path, '..') : path, name: undefined };
}

/**
 * @param ref the name of a built-in stack, or the path of a folder with a stack.yaml (or of that file).
 * @param base the folder that a relative path starts from.
 * @param origin who names it where that is not the command line: `stackctl.yaml:1:8`, `STACKCTL_STACK`.
 * @throws E_STACK_NOT_FOUND with that place, what may have been meant and the list of built-in stacks.
 */
export async function findStack(
  ref: string,
  templatesFolder: string,
  base: string,
  origin?: string,
): Promise<FoundStack> {
  const { folder, name } = await stackAt(ref, templatesFolder, base);
  if (name !== undefined) return { folder, builtIn: true };
  if (await hasStack(folder)) return { folder, builtIn: false };
  const [builtIn, kinds] = await Promise.all([builtInStacks(templatesFolder), kindStacks(templatesFolder)]);
  const beside = await stacksIn(dirname(folder));
  throw notFound({ ref, builtIn, kinds, beside, folder, origin });
}

/** Names of the folders with a stack.yaml in a folder, as far as it is there and can be read. */
async function stacksIn(folder: string): Promise<readonly string[]> {
  const names = await foldersIn(folder).catch(() => []);
  const isStack = await Promise.all(names.map((name) => hasStack(join(folder, name))));
  return names.filter((_, index) => isStack[index]);
}

export async function hasStack(folder: string): Promise<boolean> {
  return statIfThere(join(folder, 'stack.yaml'))?.isFile() === true;
}

interface Missing {
  readonly ref: string;
  readonly builtIn: readonly string[];
  readonly kinds: readonly string[];
  /** Stacks in the folder where it was looked for. */
  readonly beside: readonly string[];
  readonly folder: string;
  readonly origin: string | undefined;
}

function notFound({ ref, builtIn, kinds, beside, folder, origin }: Missing): StackctlError {
  const isPath = /[/\\]/.test(ref);
  const own = suggest(basename(folder), beside);
  const near =
    (isPath ? undefined : suggest(ref, [...builtIn, ...kinds])) ?? (own === undefined ? undefined : besideOf(ref, own));
  const place = origin === undefined ? '' : `${origin}${origin.includes(':') ? ' stack' : ''}: `;
  const why = isPath ? `there is no stack.yaml in ${folder}` : `there is no stack "${ref}"`;
  return new StackctlError('E_STACK_NOT_FOUND', `${place}${why}${didYouMean(near)}`, {
    hint: `Built-in stacks: ${builtIn.join(', ')}. One server of a kind: ${kinds.join(', ')}. A stack of your own is named by the path of its folder, e.g. ./my-stack.`,
    details: {
      stack: ref,
      builtIn,
      ...defined({ didYouMean: near, origin }),
    },
  });
}

/** The same path with another name at its end. */
function besideOf(ref: string, name: string): string {
  const path = basename(ref) === 'stack.yaml' ? dirname(ref) : ref;
  return `${path.slice(0, path.length - basename(path).length)}${name}`;
}
