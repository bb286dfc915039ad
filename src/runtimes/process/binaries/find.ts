import { accessSync, constants, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import coerce from 'semver/functions/coerce.js';
import satisfies from 'semver/functions/satisfies.js';
import { cacheFolder } from '../../../lib/cache-folder.ts';
import { isComplete } from '../../../lib/complete-folder.ts';
import { isThere } from '../../../lib/files.ts';
import type { BinaryNeed, Download } from '../../../stack/contract/needs.ts';

const VERSION_TIMEOUT_MS = 10_000;

export type Env = Readonly<Record<string, string | undefined>>;

/** Remembers the version of a program that has not changed since. */
export interface VersionCache {
  get(key: string): string | undefined;
  set(key: string, version: string): void;
}

export type Finding =
  /** `version`: empty for a need of any version. */
  | { readonly type: 'found'; readonly need: BinaryNeed; readonly path: string; readonly version: string }
  | { readonly type: 'missing'; readonly need: BinaryNeed; readonly configured: string | undefined }
  | {
      readonly type: 'unfit';
      readonly need: BinaryNeed;
      readonly path: string;
      /** Undefined when the program did not print one. */
      readonly version: string | undefined;
    };

/**
 * The variable with which a user says which program to take, e.g. `STACKCTL_BIN_REDIS_SERVER=/opt/redis/redis-server`.
 * It beats PATH, which beats the places that the kind knows.
 */
export function binaryVariable(name: string): string {
  return `STACKCTL_BIN_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/**
 * The first program whose version fits, else what was downloaded for it; a configured one is taken or refused, never
 * replaced.
 */
export async function findBinary(need: BinaryNeed, env: Env, cache?: VersionCache): Promise<Finding> {
  const configured = env[binaryVariable(need.name)];
  let unfit: Finding | undefined;
  for (const path of configured === undefined ? placesOf(need, env) : [configured]) {
    if (!(await (isFolder(need) ? isThere(path) : isProgram(path)))) continue;
    if (need.anyVersion === true) return { type: 'found', need, path, version: '' };
    const version = await versionOf(path, need, env, cache);
    const parsed = version === undefined ? null : coerce(version);
    if (version !== undefined && parsed !== null && satisfies(parsed, need.range)) {
      return { type: 'found', need, path, version };
    }
    unfit ??= { type: 'unfit', need, path, version };
  }
  const fetched = configured === undefined && need.download !== undefined ? await fetchedFor(need.download, env) : null;
  if (fetched) return { type: 'found', need, ...fetched };
  return unfit ?? { type: 'missing', need, configured };
}

/** Every need once, by the name of its program, all looked for at the same time. */
export async function findBinaries(
  needs: readonly BinaryNeed[],
  env: Env,
  cache?: VersionCache,
): Promise<readonly Finding[]> {
  const byName = new Map(needs.map((need) => [need.name, need]));
  return Promise.all([...byName.values()].map((need) => findBinary(need, env, cache)));
}

/** A folder of files, e.g. of jars, where other needs are programs. */
function isFolder({ versionArgs }: BinaryNeed): boolean {
  return versionArgs.length === 0;
}

function placesOf(need: BinaryNeed, env: Env): readonly string[] {
  if (isAbsolute(need.name)) return [need.name];
  const home = need.home === undefined ? undefined : env[need.home.variable];
  return [
    ...(home === undefined || need.home === undefined || !isAbsolute(home) ? [] : [join(home, need.home.path)]),
    ...(isFolder(need) ? [] : placesOnPath(need.name, env)),
    ...need.knownPaths,
  ];
}

function placesOnPath(name: string, env: Env): readonly string[] {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
}

/** What a download left in the cache folder, if all of it is there. Its version is the one that is pinned. */
async function fetchedFor({ id, packages, path }: Download, env: Env) {
  const folder = join(cacheFolder(env), id);
  const place = join(folder, path);
  if (!(await isComplete(folder, packages)) || !(await isThere(place))) return null;
  return { path: place, version: pinnedVersion(packages[0] ?? '') };
}

/** `group:artifact:version`, `@scope/name@version` -> version. */
function pinnedVersion(name: string): string {
  return name.slice(Math.max(name.lastIndexOf(':'), name.lastIndexOf('@')) + 1);
}

async function isProgram(path: string): Promise<boolean> {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, not ours to run: both mean that it cannot be taken
  }
}

async function versionOf(
  path: string,
  need: BinaryNeed,
  env: Env,
  cache: VersionCache | undefined,
): Promise<string | undefined> {
  const { mtimeMs, size } = statSync(path);
  const key = `${path} ${mtimeMs} ${size}`;
  const known = cache?.get(key);
  if (known !== undefined) return known;
  const text = isFolder(need) ? await namesIn(path) : await outputOf(path, need.versionArgs, env);
  const version = need.versionPattern.exec(text)?.[1];
  if (version !== undefined) cache?.set(key, version);
  return version;
}

/** One to a line; empty for what is no folder. */
async function namesIn(folder: string): Promise<string> {
  return (await readdir(folder).catch(() => [])).join('\n');
}

/** Some programs print their version on stderr, some end with an exit code other than 0. */
export async function outputOf(path: string, args: readonly string[], env: Env): Promise<string> {
  const run = promisify(process.getBuiltinModule('node:child_process').execFile);
  const options = { timeout: VERSION_TIMEOUT_MS, env: { ...env }, encoding: 'utf8' as const };
  const result: { stdout?: string; stderr?: string } = await run(path, [...args], options).catch((error) => error);
  return `${result.stdout ?? ''}\n${result.stderr ?? ''}`;
}
