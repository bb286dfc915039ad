/** Who holds the lock of a project's supervisor, by the name under which it was taken. */
import type { LockHolder } from '../../../lib/lock.ts';

/** A process of its own. */
export const PROGRAM = 'supervisor';
/** Part of a program that uses stackctl as a library: a signal would end that program, and its end is another one's affair. */
export const WITHIN = 'supervisor within another program';

export function isWithin({ command }: LockHolder): boolean {
  return command === WITHIN;
}
