import { rm } from 'node:fs/promises';
import { StackctlError } from '../errors.ts';
import { readJsonIfThere, writeJson } from '../lib/files.ts';
import { isAlive, type ProcessMark } from '../lib/process-identity.ts';

/** A fault that was (or is just being) injected and has not been taken back. */
export interface FaultEntry {
  readonly instance: string;
  readonly fault: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The command that injected it, for messages. */
  readonly command: string;
  /** A process that goes on after the command, and takes the fault back itself while it lives. */
  readonly owner?: ProcessMark;
  /** What there was before, where taking it back takes that. */
  readonly before?: string;
}

/**
 * Notes a fault before it is injected, so that no kill of stackctl can leave a fault that is not on record. Idempotent.
 * @throws E_STATE_UNREADABLE, E_STATE_UNWRITABLE, E_DISK_FULL.
 */
export async function addFault(path: string, entry: FaultEntry): Promise<void> {
  await write(path, [...(await readFaults(path)).filter((other) => !same(other, entry)), entry]);
}

/** Crosses a fault out after it was healed. Idempotent. */
export async function removeFault(path: string, entry: Pick<FaultEntry, 'instance' | 'fault'>): Promise<void> {
  const entries = await readFaults(path);
  const left = entries.filter((other) => !same(other, entry));
  if (left.length < entries.length) await write(path, left);
}

/** Whether somebody is there who takes it back. */
export function isHeld({ owner }: FaultEntry): boolean {
  return owner !== undefined && isAlive(owner);
}

/** What is left to heal, oldest first. @throws E_STATE_UNREADABLE. */
export async function readFaults(path: string): Promise<readonly FaultEntry[]> {
  const found = (await readJsonIfThere(path)) ?? [];
  if (Array.isArray(found) && found.every(isEntry)) return found;
  throw new StackctlError('E_STATE_UNREADABLE', `${path} is not a list of faults`, {
    hint: 'The file was changed by something other than stackctl. Move it away, then restart the project: stackctl down, stackctl up.',
    details: { file: path },
  });
}

async function write(path: string, entries: readonly FaultEntry[]): Promise<void> {
  if (entries.length === 0) await rm(path, { force: true });
  else await writeJson(path, entries, 0o600);
}

function same(a: Pick<FaultEntry, 'instance' | 'fault'>, b: Pick<FaultEntry, 'instance' | 'fault'>): boolean {
  return a.instance === b.instance && a.fault === b.fault;
}

function isEntry(value: unknown): value is FaultEntry {
  if (typeof value !== 'object' || value === null) return false;
  return ['instance', 'fault', 'at', 'command'].every((field) => typeof Reflect.get(value, field) === 'string');
}
