import { join } from 'node:path';

type Tree = Readonly<Record<string, unknown>>;

/** Paths of this machine in the entry of a Compose service, by their keys. `*`: every item of a list, or every entry of a map. */
const PATHS: readonly (readonly string[])[] = [
  ['build'],
  ['build', 'context'],
  ['build', 'additional_contexts', '*'],
  ['env_file'],
  ['env_file', '*'],
  ['env_file', '*', 'path'],
  ['label_file'],
  ['label_file', '*'],
  ['volumes', '*'],
  ['volumes', '*', 'source'],
  ['extends', 'file'],
  ['develop', 'watch', '*', 'path'],
];

/**
 * `compose:` of a service with the paths that begin with `./` or `../` from the folder of the stack, where its author means them: the
 * rendered file is elsewhere, and Compose reads them from there. Pure.
 */
export function withStackPaths(compose: Tree, folder: string): Tree {
  return PATHS.reduce<Tree>((tree, path) => changed(tree, path, (text) => fromFolder(text, folder)) as Tree, compose);
}

function changed(data: unknown, [key, ...rest]: readonly string[], change: (text: string) => string): unknown {
  if (key === undefined) return typeof data === 'string' ? change(data) : data;
  if (Array.isArray(data)) return key === '*' ? data.map((item) => changed(item, rest, change)) : data;
  if (typeof data !== 'object' || data === null) return data;
  const isOwn = (name: string): boolean => key === '*' || name === key;
  const entries = Object.entries(data);
  return Object.fromEntries(entries.map(([name, item]) => [name, isOwn(name) ? changed(item, rest, change) : item]));
}

/** Also in `./data:/data:ro` and `name=./folder`. Compose takes `$` for its own. */
function fromFolder(text: string, folder: string): string {
  const [, name = '', path] = /^([\w.-]+=)?(\.{1,2}(?:\/.*)?)$/s.exec(text) ?? [];
  return path === undefined ? text : `${name}${join(folder.replaceAll('$', '$$$$'), path)}`;
}
