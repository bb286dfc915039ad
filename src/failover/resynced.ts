import type { Resyncs } from '../stack/contract/arbiter.ts';
import type { RoleSample } from '../stack/contract/failover.ts';

export interface ResyncCollector {
  /** From here on it counts. */
  begin(): void;
  readonly resyncs: Resyncs;
  add(sample: RoleSample): void;
}

/** Each instance counts since it started, so one that counts less than before has started again. */
export function collectResyncs(): ResyncCollector {
  const known = new Map<string, Resyncs>();
  let sum = { full: 0, partial: 0 };
  return {
    begin: () => {
      sum = { full: 0, partial: 0 };
    },
    get resyncs() {
      return sum;
    },
    add: ({ node, resyncs }) => {
      if (resyncs === undefined) return;
      const before = known.get(node) ?? resyncs;
      known.set(node, resyncs);
      const hasRestarted = resyncs.full < before.full || resyncs.partial < before.partial;
      sum = {
        full: sum.full + resyncs.full - (hasRestarted ? 0 : before.full),
        partial: sum.partial + resyncs.partial - (hasRestarted ? 0 : before.partial),
      };
    },
  };
}
