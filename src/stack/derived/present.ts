import type { ObservedInstance } from '../contract/runtime.ts';

/** Whether an instance exists: a paused or restarting one keeps its address, its ports and its name. */
export function isPresent({ state }: Pick<ObservedInstance, 'state'>): boolean {
  return state !== 'stopped' && state !== 'missing';
}
