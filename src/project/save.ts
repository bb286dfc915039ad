import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { listFolder } from '../lib/files.ts';
import type { Network, RecordedPrimary } from '../stack/contract/model.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import type { PortTable } from '../stack/ports/ports.ts';
import { wishTable } from '../stack/ports/wishes.ts';
import type { Located } from './locate.ts';
import type { OpenedProject } from './open.ts';
import { type ProjectRecord, writeRecord } from './record.ts';
import { putProject, removeProject } from './registry.ts';
import { readSecrets, writeSecrets } from './secrets.ts';

/** What `up` has decided for a project, on top of what was opened. */
export interface ProjectDecisions {
  readonly runtime: RuntimeName;
  readonly state: ProjectRecord['state'];
  readonly counts: Readonly<Record<string, number>>;
  readonly ports: PortTable;
  readonly network: Network | null;
  readonly primaries: Readonly<Record<string, RecordedPrimary>>;
}

/** The record of a project with these decisions; earlier decisions that are not named stay. */
export function recordOf(project: OpenedProject, decisions: ProjectDecisions, now: Date): ProjectRecord {
  const { identity, loaded, profile, keep, record } = project;
  return {
    schemaVersion: 1,
    id: identity.id,
    name: identity.name,
    folder: identity.folder,
    stack: loaded.spec.stack,
    stackFolder: loaded.folder,
    profile: profile.value,
    keptValues: keep.values,
    runtimesUsed: [...new Set([...(record?.runtimesUsed ?? []), decisions.runtime])],
    wantedPorts: wishTable(project.portWishes(decisions.counts)),
    createdAt: record?.createdAt ?? now.toISOString(),
    ...decisions,
  };
}

/**
 * Writes secrets, record and registry entry, in the order in which a crash in between loses nothing.
 * @param registry folder of the registry, see `registryFolder`.
 * @throws E_STATE_UNWRITABLE, E_DISK_FULL
 */
export async function saveProject(
  project: OpenedProject,
  record: ProjectRecord,
  registry: string,
  now: Date,
): Promise<void> {
  await writeSecrets(project.paths, { kept: project.keep.secrets, generated: project.keep.generated });
  await writeRecord(project.paths, record);
  await register(project.identity.folder, record, registry, now);
}

/**
 * Keeps the values and the profile of this command for later ones, and nothing else that only `up` decides.
 * @throws E_STATE_UNWRITABLE, E_DISK_FULL
 */
export async function keepValues({ paths, keep, profile }: OpenedProject, record: ProjectRecord): Promise<void> {
  await writeSecrets(paths, { kept: keep.secrets, generated: keep.generated });
  await writeRecord(paths, { ...record, profile: profile.value, keptValues: keep.values });
}

/** Records where a moved project lives now. Its processes and containers go on with the paths of the old folder. */
export async function takeOver(located: Located, registry: string, now: Date): Promise<Located> {
  const { record, origin, paths, identity } = located;
  if (record === undefined || origin.type !== 'moved') return located;
  const moved = { ...record, folder: identity.folder };
  await writeRecord(paths, moved);
  await register(identity.folder, moved, registry, now);
  return { ...located, record: moved, origin: { type: 'own' } };
}

/** Enters a project into the user's list of projects. */
export async function register(folder: string, record: ProjectRecord, registry: string, now: Date): Promise<void> {
  const { id, name, stack, runtime, ports } = record;
  await putProject(registry, { id, name, stack, folder, runtime, ports, updatedAt: now.toISOString() });
}

export interface ProjectBefore {
  /** Best effort: the error that led here matters more than what cannot be put back. */
  restore(now: Date): Promise<void>;
}

/** What is on disk of a project before `saveProject`, to be put back when nothing was started with what it wrote. */
export async function projectBefore(
  { paths, identity, record }: OpenedProject,
  registry: string,
): Promise<ProjectBefore> {
  const secrets = await readSecrets(paths);
  const there = new Set(await namesIn(paths));
  const restore = async (now: Date): Promise<void> => {
    if (record === undefined) {
      await removeProject(registry, identity.id);
      for (const name of await namesIn(paths)) {
        // The lock is its holder's, and data of a project whose record was lost was there before.
        const isOurs = !there.has(name) && !name.startsWith(basename(paths.lock));
        if (isOurs) await rm(join(paths.root, name), { recursive: true, force: true });
      }
      return;
    }
    await writeSecrets(paths, secrets);
    await writeRecord(paths, record);
    await register(identity.folder, record, registry, now);
  };
  return { restore: (now) => restore(now).catch((): undefined => undefined) };
}

async function namesIn({ root }: OpenedProject['paths']): Promise<readonly string[]> {
  return (await listFolder(root)).map(({ name }) => name);
}
