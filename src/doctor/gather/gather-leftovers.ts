import { hostname } from 'node:os';
import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { readJsonIfThere } from '../../lib/files.ts';
import type { LockHolder } from '../../lib/lock.ts';
import { isAlive } from '../../lib/process-identity.ts';
import { readFaults } from '../../project/fault-journal.ts';
import { projectPaths } from '../../project/paths.ts';
import { projectsIn, readRecord } from '../../project/record.ts';
import { type RegistryEntry, readRegistry } from '../../project/registry.ts';
import type { PortTable } from '../../stack/ports/ports.ts';
import type { Leftover, LostPort, ProjectRef } from '../facts.ts';
import { leftBehindPolicy } from '../service-policy.ts';
import type { Surroundings } from './gather.ts';

/** What dead projects of this user, and killed runs of stackctl, left behind. @param folder looked at also when unregistered. */
export async function gatherLeftovers(folder: string, around: Surroundings): Promise<readonly Leftover[]> {
  const { projects, lost } = await readRegistry(around.registry);
  const here = (await projectsIn(folder)).map((name) => ({ id: name, name, folder }));
  const unregistered = here.filter(
    ({ name }) => !projects.some((entry) => entry.folder === folder && entry.name === name),
  );
  const found = await Promise.all([
    policyLeftover(around),
    ...lost.map((entry) => lostProject(entry, around)),
    staleLock(join(around.registry, 'allocation.lock')),
    ...projects.map(({ id, name, folder: at, ports }) => ofProject({ id, name, folder: at }, ports, around)),
    ...unregistered.map((project) => ofProject(project, undefined, around)),
  ]);
  return found.flat();
}

async function policyLeftover({ policyFolder }: Surroundings): Promise<readonly Leftover[]> {
  const path = await leftBehindPolicy(policyFolder);
  return path === undefined ? [] : [{ type: 'servicePolicy', path }];
}

async function lostProject(
  { id, name, folder, ports }: RegistryEntry,
  around: Surroundings,
): Promise<readonly Leftover[]> {
  return [{ type: 'lostProject', project: { id, name, folder }, holders: await holdersOf(ports, around) }];
}

async function holdersOf(ports: PortTable, { lookUp }: Surroundings): Promise<readonly LostPort[]> {
  const numbers = Object.values(ports).flatMap((byName) => Object.values(byName));
  const held = await Promise.all(numbers.map(async (port) => ({ port, holder: await lookUp(port) })));
  return held.flatMap(({ port, holder }) =>
    holder === undefined || holder.closing === true ? [] : [{ port, pid: holder.pid, command: holder.command }],
  );
}

/** @param registered the ports that the registry knows of; undefined for a project that is not in it. */
async function ofProject(
  project: ProjectRef,
  registered: PortTable | undefined,
  around: Surroundings,
): Promise<readonly Leftover[]> {
  const paths = projectPaths(project.folder, project.name);
  try {
    const lock = await staleLock(paths.lock);
    // While a command works on the project its faults are not left over, and what it starts may not be there yet.
    if (lock.length === 0 && (await readJsonIfThere(paths.lock)) !== undefined) return [];
    const faults = (await readFaults(paths.faults)).map(
      ({ instance, fault, at }): Leftover => ({ type: 'fault', project, instance, fault, at }),
    );
    return [...lock, ...faults, ...(await ofRecord(project, registered, around))];
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return [{ type: 'unreadable', project, why: error.message }];
  }
}

/** Told by its ports: asking the runtime of every project on this machine would wake their supervisors. */
async function ofRecord(
  project: ProjectRef,
  registered: PortTable | undefined,
  around: Surroundings,
): Promise<readonly Leftover[]> {
  const { record: file } = projectPaths(project.folder, project.name);
  const record = await readRecord({ record: file });
  if (record === undefined && registered !== undefined) {
    return [{ type: 'lostRecord', project, file, holders: await holdersOf(registered, around) }];
  }
  if (record?.state !== 'up') return [];
  const holders = await holdersOf(record.ports, around);
  return holders.length > 0 ? [] : [{ type: 'notRunning', project, runtime: record.runtime }];
}

/** A holder on another machine cannot be judged from here. */
async function staleLock(path: string): Promise<readonly Leftover[]> {
  const holder = (await readJsonIfThere(path)) as LockHolder | undefined;
  if (holder === undefined || holder.host !== hostname() || isAlive(holder)) return [];
  return [{ type: 'staleLock', path, holder }];
}
