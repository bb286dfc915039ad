/** One model of a Compose file together with what it extends and includes. */
import { posix } from 'node:path';
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { Position, Problem } from '../../stack/source/problem.ts';
import { mergeServices } from './merge.ts';
import { rebaseTo } from './mounts.ts';
import type { ComposeTree } from './parse.ts';
import { withoutReplaced } from './replaced.ts';
import { readService, type ServiceReader } from './service.ts';
import { isTree, isYes, listOf, type Tree, textOf, textsOf, treeOf } from './values.ts';

/** A volume, a secret or a config of the file, by its name. */
export interface ComposeEntry {
  /** Relative to the folder of the Compose file, or absolute. */
  readonly file: string | undefined;
  /** Of a secret that is a variable; undefined: it is none, or is not set. */
  readonly text?: string | undefined;
  readonly external: boolean;
}

export interface ComposeFile {
  /** What the file calls itself. */
  readonly name: string | undefined;
  readonly services: readonly ComposeService[];
  readonly volumes: ReadonlyMap<string, ComposeEntry>;
  readonly secrets: ReadonlyMap<string, ComposeEntry>;
  readonly configs: ReadonlyMap<string, ComposeEntry>;
  readonly networks: ReadonlyMap<string, ComposeEntry>;
  readonly problems: readonly Problem[];
  /** Variables that are not set, and where the first of each stands. */
  readonly missing: ReadonlyMap<string, Position>;
}

/** A file that was read, and its folder relative to that of the main file. */
export interface ReadFile {
  readonly tree: ComposeTree;
  readonly folder: string;
}

export interface FileSet {
  readonly main: string;
  /** What is merged into the main file once that is read; undefined: nothing. */
  readonly override?: string | undefined;
  /** Path relative to the folder of the main file, without `./` -> the file. */
  readonly files: ReadonlyMap<string, ReadFile>;
  readonly lookup: ServiceReader['lookup'];
  readonly envFile: ServiceReader['envFile'];
}

/** Paths that a file extends or includes, relative to the folder of the main file. */
export function filesNamedBy({ tree, folder }: ReadFile): readonly string[] {
  const { include, services } = treeOf(tree.value);
  const extended = Object.values(treeOf(services)).flatMap((service) => textsOf(treeOf(treeOf(service).extends).file));
  return [...includesOf(include), ...extended].map((path) => keyOf(path, folder));
}

function keyOf(path: string, folder: string): string {
  return rebaseTo(folder)(path).replace(/^\.\//, '');
}

function includesOf(raw: unknown): readonly string[] {
  return listOf(raw).flatMap((item) => textsOf(isTree(item) ? item.path : item));
}

/** Reads the main file with everything it includes. What is wrong is in `problems`. */
export function readComposeFile(set: FileSet): ComposeFile {
  const problems: Problem[] = [];
  const whole = {
    services: new Map<string, ComposeService>(),
    volumes: new Map<string, ComposeEntry>(),
    secrets: new Map<string, ComposeEntry>(),
    configs: new Map<string, ComposeEntry>(),
    networks: new Map<string, ComposeEntry>(),
  };
  const seen = new Set<string>();
  const add = (path: string): void => {
    const file = set.files.get(path);
    if (file === undefined || seen.has(path)) return;
    seen.add(path);
    const { tree, folder } = file;
    const value = treeOf(tree.value);
    for (const included of includesOf(value.include)) add(keyOf(included, folder));
    if (value.services !== undefined && !isTree(value.services)) {
      problems.push({ ...tree.at(['services']), field: 'services', message: 'must be a map' });
    }
    if (path === set.override) takeReplaced(tree, whole.services);
    for (const name of Object.keys(treeOf(value.services))) {
      const service = serviceOf(name, path, set, problems, []);
      const before = path === set.override ? whole.services.get(name) : undefined;
      if (service !== undefined) whole.services.set(name, before ? mergeServices(before, service) : service);
    }
    for (const of of ['volumes', 'secrets', 'configs', 'networks'] as const) {
      for (const [name, raw] of Object.entries(treeOf(value[of])))
        whole[of].set(name, entryOf(raw, folder, set.lookup));
    }
  };
  add(set.main);
  if (set.override !== undefined) add(set.override);
  const trees = [...set.files.values()].map(({ tree }) => tree);
  const main = set.files.get(set.main)?.tree;
  if (main !== undefined && main.problems.length === 0 && whole.services.size === 0 && problems.length === 0) {
    problems.push({ ...main.at([]), field: 'services', message: 'there is no service in this file' });
  }
  return {
    name: textOf(treeOf(main?.value).name),
    ...whole,
    services: [...whole.services.values()],
    problems: [...trees.flatMap((tree) => tree.problems), ...problems],
    missing: new Map(trees.flatMap((tree) => [...tree.missing]).toReversed()),
  };
}

function takeReplaced({ replaced }: ComposeTree, services: Map<string, ComposeService>): void {
  for (const [top, name = '', key, entry] of replaced) {
    const service = top === 'services' ? services.get(name) : undefined;
    if (service === undefined) continue;
    if (key === undefined) services.delete(name);
    else services.set(name, withoutReplaced(service, key, entry));
  }
}

function entryOf(raw: unknown, folder: string, lookup: FileSet['lookup']): ComposeEntry {
  const { file, environment, external } = treeOf(raw);
  const path = textOf(file);
  return {
    file: path === undefined ? undefined : rebaseTo(folder)(path),
    text: typeof environment === 'string' ? lookup(environment) : undefined,
    external: isYes(external) || isTree(external),
  };
}

/** @param above the services that extend this one, so that a circle ends. */
function serviceOf(
  name: string,
  path: string,
  set: FileSet,
  problems: Problem[],
  above: readonly string[],
): ComposeService | undefined {
  const { tree, folder } = set.files.get(path) ?? {};
  if (tree === undefined || folder === undefined) return undefined;
  const raw = treeOf(treeOf(tree.value).services)[name];
  const say = (at: readonly PropertyKey[], message: string): void => {
    const place = tree.at(['services', name, ...at]);
    problems.push({ ...place, field: ['services', name, ...at].map(String).join('.'), message });
  };
  if (!isTree(raw)) {
    say([], 'must be a map');
    return undefined;
  }
  const own = readService(name, raw, { rebase: rebaseTo(folder), lookup: set.lookup, envFile: set.envFile, tell: say });
  const base = extended(raw, path);
  if (base === undefined) return own;
  const id = `${base.path}#${base.service}`;
  if (above.includes(id)) say(['extends'], 'extends itself');
  const other = above.includes(id) ? undefined : serviceOf(base.service, base.path, set, problems, [...above, id]);
  if (other === undefined && !above.includes(id)) say(['extends'], `there is no service ${base.service} to extend`);
  return other === undefined ? own : mergeServices(other, own);
}

function extended(raw: Tree, path: string): { readonly service: string; readonly path: string } | undefined {
  const { extends: from } = raw;
  if (from === undefined || from === null) return undefined;
  const service = isTree(from) ? textOf(from.service) : textOf(from);
  const file = isTree(from) ? textOf(from.file) : undefined;
  return { service: service ?? '', path: file === undefined ? path : keyOf(file, posix.dirname(path)) };
}
