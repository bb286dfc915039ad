import type { ObservedInstance } from '../contract/runtime.ts';

/** Whether an instance is there: one that is paused or restarts keeps its address, its ports and its name. */
export function isPresent({ state }: Pick<ObservedInstance, 'state'>): boolean {
  return state !== 'stopped' && state !== 'missing';
}
