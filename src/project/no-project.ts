import { basename, join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { displayPath } from '../stack/source/display-path.ts';
import type { Config } from './config.ts';

/** No project was found: for a caller that goes on without one. */
export interface NotFound {
  readonly missing: StackctlError;
}

export interface Search {
  readonly cwd: string;
  /** Real path of the folder in which projects were looked for. */
  readonly folder: string;
  readonly config: Pick<Config, 'files' | 'stack'>;
}

/** @param name of the project that was asked for. @param projects those that live in the folder. */
export function notFound(search: Search, name: string | undefined, projects: readonly string[]): NotFound {
  const { folder } = search;
  const what = name === undefined ? `there is no project in ${folder}` : `there is no project "${name}" in ${folder}`;
  const others = projects.length === 0 ? '' : ` Projects here: ${projects.join(', ')}.`;
  const run = 'stackctl up <stack> (stackctl templates lists the built-in ones)';
  const file = name === undefined ? fileWithoutStack(search) : undefined;
  const missing = new StackctlError(
    'E_PROJECT_NOT_FOUND',
    file === undefined ? what : `${what}, and ${file} names no stack`,
    {
      hint:
        file === undefined
          ? `Run: ${run}.${others} Projects in other folders: stackctl ls.`
          : `Write \`stack: <name, or a path such as ./my-stack>\` into ${file}, or run: ${run}.${others}`,
      details: { folder, projects, ...defined({ project: name, file, field: file && 'stack' }) },
    },
  );
  return { missing };
}

/** The settings of this folder, when all that they lack is the stack. */
function fileWithoutStack({ cwd, config: { files, stack } }: Search): string | undefined {
  if (stack !== undefined) return undefined;
  const file = files.find((path) => basename(path) === 'stackctl.yaml');
  return file && displayPath(join(file), cwd);
}
