import type { InstanceRecord, InstanceRunState } from './instance-files.ts';

/** Nothing of this instance runs, nothing should, and what was asked for was done: it needs no supervisor. */
export function isIdle(record: InstanceRecord, state: InstanceRunState): boolean {
  const down = record.wanted === 'stopped' || record.wanted === 'killed';
  return down && state.applied === record.revision && state.remains === 'nothing';
}
