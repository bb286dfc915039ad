import { isAbsolute, posix } from 'node:path';
import type { ComposeMount } from '../../stack/contract/compose-service.ts';
import { isTree, isYes, textOf, treeOf } from './values.ts';

/** A path of an included file as one of the file that includes it. */
export type Rebase = (path: string) => string;

/** Paths in a file of this folder, which is relative to that of the main file. */
export function rebaseTo(folder: string): Rebase {
  return (path) => {
    if (isAbsolute(path) || path.startsWith('~') || /^[a-z]+:\/\/|^git@/.test(path)) return path;
    const joined = posix.join(folder, path);
    return joined.startsWith('..') || path === '.' ? joined : `./${joined}`.replace(/^\.\/(\.\/?)$/, '$1');
  };
}

/** An entry of `volumes`: https://docs.docker.com/reference/compose-file/services/#volumes. Undefined: this is none. Pure. */
export function readMount(raw: unknown, rebase: Rebase): ComposeMount | undefined {
  return isTree(raw) ? longMount(raw, rebase) : shortMount(textOf(raw) ?? '', rebase);
}

function longMount(raw: Readonly<Record<string, unknown>>, rebase: Rebase): ComposeMount | undefined {
  const { type = 'volume', source, target, read_only: readOnly } = raw;
  const [from, to] = [textOf(source), textOf(target)];
  if (typeof type !== 'string' || to === undefined) return undefined;
  const path = from !== undefined && type === 'bind' ? rebase(from) : from;
  const bind = treeOf(raw.bind);
  const modes = [
    textOf(bind.selinux),
    textOf(bind.propagation),
    isYes(treeOf(raw.volume).nocopy) ? 'nocopy' : undefined,
  ];
  return {
    ...{ type, source: path, target: to },
    readOnly: isYes(readOnly) || isYes(bind.read_only),
    modes: modes.filter((mode) => mode !== undefined),
  };
}

function shortMount(text: string, rebase: Rebase): ComposeMount | undefined {
  const [first = '', second, mode, ...more] = text.split(':');
  if (first === '' || more.length > 0) return undefined;
  if (second === undefined) return { type: 'volume', source: undefined, target: first, readOnly: false, modes: [] };
  const words = (mode ?? '').split(',');
  const isPath = /^[./~]/.test(first);
  return {
    ...{ type: isPath ? 'bind' : 'volume', source: isPath ? rebase(first) : first, target: second },
    readOnly: words.includes('ro'),
    modes: words.filter((word) => !['', 'ro', 'rw'].includes(word)),
  };
}
