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
import type { Machine } from '../scope.ts';
import { leftBehindPolicy } from '../service-policy.ts';

/** What dead projects of this user, and killed runs of stackctl, left behind. @param folder looked at also when unregistered. */
export async function gatherLeftovers(folder: string, machine: Machine): Promise<readonly Leftover[]> {
  const { projects, lost } = await readRegistry(machine.registry);
  const here = (await projectsIn(folder)).map((name) => ({ id: name, name, folder }));
  const unregistered = here.filter(
    ({ name }) => !projects.some((entry) => entry.folder === folder && entry.name === name),
  );
  const found = await Promise.all([
    policyLeftover(machine),
    ...lost.map((entry) => lostProject(entry, machine)),
    staleLock(join(machine.registry, 'allocation.lock')),
    ...projects.map(({ id, name, folder: at, ports }) => ofProject({ id, name, folder: at }, ports, machine)),
    ...unregistered.map((project) => ofProject(project, undefined, machine)),
  ]);
  return found.flat();
}

async function policyLeftover({ policyFolder }: Machine): Promise<readonly Leftover[]> {
  const path = await leftBehindPolicy(policyFolder);
  return path === undefined ? [] : [{ type: 'servicePolicy', path }];
}

async function lostProject({ id, name, folder, ports }: RegistryEntry, machine: Machine): Promise<readonly Leftover[]> {
  return [{ type: 'lostProject', project: { id, name, folder }, holders: await holdersOf(ports, machine) }];
}

async function holdersOf(ports: PortTable, { lookUp }: Machine): Promise<readonly LostPort[]> {
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
  machine: Machine,
): Promise<readonly Leftover[]> {
  const paths = projectPaths(project.folder, project.name);
  try {
    const lock = await staleLock(paths.lock);
    // While a command works on the project its faults are not left over, and what it starts may not be there yet.
    if (lock.length === 0 && (await readJsonIfThere(paths.lock)) !== undefined) return [];
    const faults = (await readFaults(paths.faults)).map(
      ({ instance, fault, at }): Leftover => ({ type: 'fault', project, instance, fault, at }),
    );
    return [...lock, ...faults, ...(await ofRecord(project, registered, machine))];
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return [{ type: 'unreadable', project, why: error.message }];
  }
}

/** Told by its ports: asking the runtime of every project on this machine would wake their supervisors. */
async function ofRecord(
  project: ProjectRef,
  registered: PortTable | undefined,
  machine: Machine,
): Promise<readonly Leftover[]> {
  const { record: file } = projectPaths(project.folder, project.name);
  const record = await readRecord({ record: file });
  if (record === undefined && registered !== undefined) {
    return [{ type: 'lostRecord', project, file, holders: await holdersOf(registered, machine) }];
  }
  if (record?.state !== 'up') return [];
  const holders = await holdersOf(record.ports, machine);
  return holders.length > 0 ? [] : [{ type: 'notRunning', project, runtime: record.runtime }];
}

/** A holder on another machine cannot be judged from here. */
async function staleLock(path: string): Promise<readonly Leftover[]> {
  const holder = (await readJsonIfThere(path)) as LockHolder | undefined;
  if (holder === undefined || holder.host !== hostname() || isAlive(holder)) return [];
  return [{ type: 'staleLock', path, holder }];
}
