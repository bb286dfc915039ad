import type { Network, RecordedPrimary, RuntimeName } from './model.ts';
import type { OpenedProject } from './open.ts';
import { type PortTable, wishTable } from './ports.ts';
import { type ProjectRecord, writeRecord } from './record.ts';
import { putProject } from './registry.ts';
import { writeSecrets } from './secrets.ts';

/** What `up` has decided for a project, on top of what was opened. */
export interface ProjectDecisions {
  readonly runtime: RuntimeName;
  readonly state: ProjectRecord['state'];
  readonly counts: Readonly<Record<string, number>>;
  readonly ports: PortTable;
  readonly network: Network | null;
  readonly primaries: Readonly<Record<string, RecordedPrimary>>;
}

/** The record of a project with these decisions; what was decided before and is not named stays. */
export function recordOf(project: OpenedProject, decisions: ProjectDecisions, now: Date): ProjectRecord {
  const { identity, loaded, profile, keep, record } = project;
  return {
    schemaVersion: 1,
    id: identity.id,
    name: identity.name,
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
  const { id, name, stack, runtime, ports } = record;
  await putProject(registry, {
    id,
    name,
    stack,
    folder: project.identity.folder,
    runtime,
    ports,
    updatedAt: now.toISOString(),
  });
}
