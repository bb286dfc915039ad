/** Where the stackctl project of a Compose service lies. */
import { realpath } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { COMPOSE_FILES } from '../../adopt/read/override.ts';
import { StackctlError } from '../../errors.ts';
import { isThere, readJsonIfThere, writeJson } from '../../lib/files.ts';
import { sha256 } from '../../lib/sha256.ts';
import { projectPaths } from '../../project/paths.ts';
import { readRegistry, registryFolder } from '../../project/registry.ts';
import { NAME_PATTERN } from '../../stack/source/names.ts';
import type { CommandContext } from '../line/command.ts';
import type { ServiceOf } from './options.ts';

export interface ComposePlace extends ServiceOf {
  /** Absolute and real: `.stackctl/<name>/` lies in it. */
  readonly folder: string;
  /** Name of the stackctl project. */
  readonly name: string;
}

type Surroundings = Pick<CommandContext, 'cwd' | 'env'>;

/**
 * Where it was brought up before, whatever folder Compose is run in now: Compose too knows a project by its name alone.
 * Undefined: it is new.
 */
export async function placeBefore({ env }: Surroundings, wanted: ServiceOf): Promise<ComposePlace | undefined> {
  const name = projectName(wanted);
  const { projects } = await readRegistry(registryFolder(env));
  for (const { folder } of projects.filter((entry) => entry.name === name)) {
    const place = { ...wanted, folder, name };
    if (await isMarked(place)) return place;
  }
  return undefined;
}

/**
 * Beside compose.yaml, so that `stackctl status` finds it there.
 * @throws E_USAGE where a project of that name is there that no service of this name has made.
 */
export async function newPlace(context: Surroundings, wanted: ServiceOf): Promise<ComposePlace> {
  const folder = await realpath(await composeFolder(context));
  const place = { ...wanted, folder, name: projectName(wanted) };
  await refuseForeign(place);
  return place;
}

/** @throws E_USAGE as `newPlace` */
export async function refuseForeign(place: ComposePlace): Promise<void> {
  const { folder, name, project, service } = place;
  if (!(await isThere(projectPaths(folder, name).record)) || (await isMarked(place))) return;
  throw new StackctlError(
    'E_USAGE',
    `${folder} has a project ${name} that is not the service ${service} of ${project}`,
    {
      hint: `Rename the service in compose.yaml, or end that project: stackctl clean --project ${name}`,
      details: { folder, project: name },
    },
  );
}

/** From here on the project is the service's. */
export async function markPlace(place: ComposePlace): Promise<void> {
  const { project, service } = place;
  await writeJson(markerOf(place), { project, service }, 0o600);
}

export function markerOf({ folder, name }: Pick<ComposePlace, 'folder' | 'name'>): string {
  return join(projectPaths(folder, name).root, 'compose-service.json');
}

async function isMarked(place: ComposePlace): Promise<boolean> {
  const marker = (await readJsonIfThere(markerOf(place))) as Partial<ServiceOf> | undefined;
  return marker?.project === place.project && marker.service === place.service;
}

/** `shop` and `redis` -> `shop-redis`. What no project may be called gets a name with a hash. */
export function projectName({ project, service }: ServiceOf): string {
  const plain = `${project}-${service}`;
  if (NAME_PATTERN.test(plain)) return plain;
  const safe = plain.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  return `${safe.slice(0, 34)}-${sha256(`${project}\0${service}`).slice(0, 6)}`;
}

/** Compose does not say where its file lies: found as Compose finds it, by COMPOSE_FILE or in the nearest folder that has one. */
async function composeFolder({ cwd, env }: Surroundings): Promise<string> {
  const [named] = (env.COMPOSE_FILE ?? '').split(env.COMPOSE_PATH_SEPARATOR || delimiter);
  if (named) return dirname(resolve(cwd, named));
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await Promise.all(COMPOSE_FILES.map((name) => isThere(join(folder, name))));
    if (found.includes(true)) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}
