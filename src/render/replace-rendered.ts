import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readTextIfThere } from '../lib/files.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';
import { type RenderedHashes, readRenderedHashes, writeRenderedHashes } from '../stack/derived/rendered-hashes.ts';
import { keepServices } from './keep-compose.ts';
import { isMadeFrom, rememberMadeFrom } from './made-from.ts';
import type { Rendered } from './render.ts';
import { writeRendered } from './write.ts';

type Paths = Pick<ProjectPaths, 'rendered' | 'renderedHashes' | 'renderedCompose'>;
type Observed = Pick<ObservedInstance, 'name' | 'state' | 'configHash'>;

export interface ReplaceInput {
  readonly paths: Paths;
  readonly rendered: Rendered;
  /** What exists now. The files of an instance that was started with others stay until `replace` names it. */
  readonly observed: readonly Observed[];
  /** Whether files of instances that the stack no longer has stay too. */
  readonly keepUnknown: boolean;
}

/** Gives these instances the files that were rendered. To be called right before they are started again. */
export type Replace = (instances: readonly string[]) => Promise<void>;

/**
 * Writes what was rendered so that no server's files change behind its back: a server that crashes and is started again
 * reads what it read before. Only what changes by itself (lists of members, `.env`) is written for all. The hashes are
 * written last, and those of files that change are taken out first.
 * @throws E_STATE_UNWRITABLE, E_DISK_FULL
 */
export async function openReplace({ paths, rendered, observed, keepUnknown }: ReplaceInput): Promise<Replace> {
  const startedWith = new Map(observed.filter(exists).map(({ name, configHash }) => [name, configHash]));
  const outdated = new Set(
    [...startedWith].flatMap(([name, hash]) => (isOutdated(rendered, name, hash) ? [name] : [])),
  );
  const replace: Replace = async (instances) => {
    const places = new Set(instances.map((name) => rendered.places.get(name)));
    for (const [name, place] of rendered.places) if (places.has(place)) outdated.delete(name);
    const keptPlaces = new Set([...outdated].map((name) => rendered.places.get(name)));
    const keeps = (name: string): boolean =>
      rendered.places.has(name) ? keptPlaces.has(rendered.places.get(name)) : keepUnknown;
    await write(paths, rendered, { keeps, startedWith });
  };
  await replace([]);
  return replace;
}

function exists({ state }: Observed): boolean {
  return state !== 'missing';
}

function isOutdated({ hashes }: Rendered, name: string, hash: string | undefined): boolean {
  return hashes.has(name) && hashes.get(name) !== hash;
}

interface Kept {
  /** Whether an instance keeps the files that it has. */
  readonly keeps: (instance: string) => boolean;
  readonly startedWith: ReadonlyMap<string, string | undefined>;
}

async function write(paths: Paths, rendered: Rendered, { keeps, startedWith }: Kept): Promise<void> {
  const known = await readRenderedHashes(paths);
  const before = known ?? definedOnly(startedWith);
  const kept = [...before].filter(([name]) => keeps(name));
  const after = new Map([...[...rendered.hashes].filter(([name]) => !keeps(name)), ...kept]);
  const agreeing = new Map([...before].filter(([name, hash]) => after.get(name) === hash));
  if (agreeing.size < before.size) await writeRenderedHashes(paths, agreeing);
  // What was started from elsewhere has no files here to keep, and compose.yaml names them all.
  const isAbsent = (path: string): boolean => known === undefined && !existsSync(join(paths.rendered, path));
  const files = rendered.files.filter(
    ({ path, volatile }) => volatile === true || !isKept(path, keeps) || isAbsent(path),
  );
  const whole = await Promise.all(files.map((file) => (isCompose(file) ? merged(paths, file, keeps) : file)));
  const hashFile = basename(paths.renderedHashes);
  const keep = (path: string): boolean => path === hashFile || isKept(path, keeps);
  await writeRendered(paths.rendered, whole, { prune: true, keep });
  if (!isSame(await readRenderedHashes(paths), after)) await writeRenderedHashes(paths, after);
}

/** `redis-1/redis.conf` is a file of redis-1, `.env` of no instance. */
function isKept(path: string, keeps: Kept['keeps']): boolean {
  const [owner = '', ...rest] = path.split('/');
  return rest.length > 0 && keeps(owner);
}

function isCompose({ path }: RenderedFile): boolean {
  return path === 'compose.yaml';
}

async function merged(paths: Paths, file: RenderedFile, keeps: Kept['keeps']): Promise<RenderedFile> {
  const earlier = await readTextIfThere(join(paths.rendered, file.path));
  if (earlier === undefined) return file;
  const { path, mode, key } = file;
  if (key !== undefined && (await isMadeFrom(paths, key, earlier))) return { path, mode, text: earlier };
  if (earlier !== file.text) return { path, mode, text: keepServices(file.text, earlier, keeps) };
  if (key !== undefined) await rememberMadeFrom(paths, key, earlier);
  return { path, mode, text: earlier };
}

function definedOnly(hashes: Kept['startedWith']): RenderedHashes {
  return new Map([...hashes].flatMap(([name, hash]) => (hash === undefined ? [] : [[name, hash] as const])));
}

function isSame(a: RenderedHashes | undefined, b: RenderedHashes): boolean {
  return a?.size === b.size && [...b].every(([name, hash]) => a.get(name) === hash);
}
