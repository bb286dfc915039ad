import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defined } from '../lib/defined.ts';
import { listFolder, makeFolder, readTextIfThere, removeFile, statIfThere, writeJson } from '../lib/files.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { PortTable, ProjectName } from '../stack/ports/ports.ts';
import { projectPaths } from './paths.ts';

/** What the machine's user has to know of a project without opening it. */
export interface RegistryEntry {
  readonly id: string;
  readonly name: string;
  readonly stack: string;
  /** Absolute folder that holds `.stackctl/`. */
  readonly folder: string;
  /** Number of that folder on its disk: another folder under the same path has another one. Unknown to old entries. */
  readonly folderNumber?: number;
  /** The same of the project's own folder in it, which keeps its number when it is moved, and a copy has another. */
  readonly stateNumber?: number;
  readonly runtime: RuntimeName;
  readonly ports: PortTable;
  /** ISO 8601, UTC. */
  readonly updatedAt: string;
}

export interface Registry {
  /** Projects whose folder is there, by id. */
  readonly projects: readonly RegistryEntry[];
  /** Projects whose folder is gone: what they started may still run. */
  readonly lost: readonly RegistryEntry[];
}

/**
 * Folder of the registry: one for each user, also under sudo and in CI, because only the environment decides.
 * `XDG_STATE_HOME` counts on every platform.
 */
export function registryFolder(env: Readonly<Record<string, string | undefined>>, platform = process.platform): string {
  const { XDG_STATE_HOME: state, LOCALAPPDATA: local } = env;
  if (state !== undefined && isAbsolute(state)) return join(state, 'stackctl', 'projects');
  const home = env.HOME || homedir();
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'stackctl', 'projects');
  if (platform === 'win32') return join(local || join(home, 'AppData', 'Local'), 'stackctl', 'projects');
  return join(home, '.local', 'state', 'stackctl', 'projects');
}

/** Every project of this user. An entry that cannot be understood is left out: `up` writes it again. */
export async function readRegistry(folder: string): Promise<Registry> {
  const files = (await listFolder(folder))
    .map(({ name }) => name)
    .filter((name) => name.endsWith('.json'))
    .sort();
  const read = await Promise.all(files.map((name) => readEntry(join(folder, name))));
  const entries = read.filter((entry) => entry !== undefined);
  const isThere = await Promise.all(entries.map(hasFolder));
  return {
    projects: entries.filter((_, index) => isThere[index]),
    lost: entries.filter((_, index) => !isThere[index]),
  };
}

/** The entry of one project. */
export async function findProject(folder: string, id: string): Promise<RegistryEntry | undefined> {
  return readEntry(join(folder, `${id}.json`));
}

/** Whether the folder of the entry was replaced by another one under the same path: the project is elsewhere, or deleted. */
export async function isReplaced({ folder, folderNumber }: RegistryEntry): Promise<boolean> {
  return folderNumber !== undefined && (await numberOf(folder)) !== folderNumber;
}

/** An entry that says the same already stays, with the time of its last change. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function putProject(folder: string, entry: RegistryEntry): Promise<void> {
  await makeFolder(folder, 0o700);
  const folderNumber = await numberOf(entry.folder);
  const stateNumber = await numberOf(projectPaths(entry.folder, entry.name).root);
  const before = await findProject(folder, entry.id);
  const numbered = {
    ...entry,
    ...defined({ folderNumber, stateNumber }),
  };
  if (before !== undefined && isDeepStrictEqual({ ...numbered, updatedAt: before.updatedAt }, before)) return;
  await writeJson(join(folder, `${entry.id}.json`), numbered, 0o600);
}

export async function removeProject(folder: string, id: string): Promise<void> {
  await removeFile(join(folder, `${id}.json`));
}

/** Ports of all projects but this one, and whose they are. */
export function reservedPorts({ projects }: Registry, exceptId: string): ReadonlyMap<number, ProjectName> {
  return new Map(
    projects
      .filter(({ id }) => id !== exceptId)
      .flatMap(({ id, name, folder, ports }) =>
        Object.values(ports).flatMap((byName) =>
          Object.values(byName).map((port) => [port, { id, name, folder }] as const),
        ),
      ),
  );
}

async function readEntry(file: string): Promise<RegistryEntry | undefined> {
  const text = (await readTextIfThere(file)) ?? '';
  try {
    const json: unknown = JSON.parse(text);
    return isEntry(json) ? json : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Checked by hand: `ls` and `ports` need no schema library for seven fields. */
function isEntry(json: unknown): json is RegistryEntry {
  if (typeof json !== 'object' || json === null) return false;
  const entry = json as Readonly<Record<string, unknown>>;
  const hasTexts = ['id', 'name', 'stack', 'folder', 'runtime', 'updatedAt'].every(
    (key) => typeof entry[key] === 'string',
  );
  return hasTexts && isPortTable(entry.ports);
}

function isPortTable(ports: unknown): boolean {
  if (typeof ports !== 'object' || ports === null) return false;
  return Object.values(ports).every(
    (byName) =>
      typeof byName === 'object' && byName !== null && Object.values(byName).every((port) => typeof port === 'number'),
  );
}

/** Number of a folder on its disk; undefined where there is none. */
export async function numberOf(folder: string): Promise<number | undefined> {
  return statIfThere(folder)?.ino;
}

async function hasFolder({ folder, name }: RegistryEntry): Promise<boolean> {
  return statIfThere(projectPaths(folder, name).root) !== undefined;
}
