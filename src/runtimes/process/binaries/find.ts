import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import coerce from 'semver/functions/coerce.js';
import satisfies from 'semver/functions/satisfies.js';
import type { BinaryNeed } from '../../../stack/kind.ts';

const VERSION_TIMEOUT_MS = 10_000;

export type Env = Readonly<Record<string, string | undefined>>;

/** Remembers the version of a program that has not changed since. */
export interface VersionCache {
  get(key: string): string | undefined;
  set(key: string, version: string): void;
}

export type Finding =
  | { readonly type: 'found'; readonly need: BinaryNeed; readonly path: string; readonly version: string }
  | { readonly type: 'missing'; readonly need: BinaryNeed; readonly configured: string | undefined }
  | {
      readonly type: 'unfit';
      readonly need: BinaryNeed;
      readonly path: string;
      /** Undefined when the program did not tell. */
      readonly version: string | undefined;
    };

/**
 * The variable with which a user says which program to take, e.g. `STACKCTL_BIN_REDIS_SERVER=/opt/redis/redis-server`.
 * It beats PATH, which beats the places that the kind knows.
 */
export function binaryVariable(name: string): string {
  return `STACKCTL_BIN_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/** The first program whose version fits; a configured one is taken or refused, never replaced. */
export async function findBinary(need: BinaryNeed, env: Env, cache?: VersionCache): Promise<Finding> {
  const configured = env[binaryVariable(need.name)];
  const places = configured === undefined ? [...placesOnPath(need.name, env), ...need.knownPaths] : [configured];
  let unfit: Finding | undefined;
  for (const path of places) {
    if (!(await isProgram(path))) continue;
    const version = await versionOf(path, need, env, cache);
    const parsed = version === undefined ? null : coerce(version);
    if (version !== undefined && parsed !== null && satisfies(parsed, need.range)) {
      return { type: 'found', need, path, version };
    }
    unfit ??= { type: 'unfit', need, path, version };
  }
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

function placesOnPath(name: string, env: Env): readonly string[] {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
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
  const { mtimeMs, size } = await stat(path);
  const key = `${path} ${mtimeMs} ${size}`;
  const known = cache?.get(key);
  if (known !== undefined) return known;
  const version = need.versionPattern.exec(await outputOf(path, need.versionArgs, env))?.[1];
  if (version !== undefined) cache?.set(key, version);
  return version;
}

/** Some programs tell their version on stderr, some with an exit code other than 0. */
async function outputOf(path: string, args: readonly string[], env: Env): Promise<string> {
  const run = promisify(execFile);
  const options = { timeout: VERSION_TIMEOUT_MS, env: { ...env }, encoding: 'utf8' as const };
  const result: { stdout?: string; stderr?: string } = await run(path, [...args], options).catch((error) => error);
  return `${result.stdout ?? ''}\n${result.stderr ?? ''}`;
}
