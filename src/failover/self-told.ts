import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RoleSample } from '../stack/contract/failover.ts';
import { collectPromotions } from './promotions.ts';
import { collectReads } from './read-gaps.ts';
import { collectResyncs } from './resynced.ts';
import { collectSpans } from './role-spans.ts';
import type { Observations } from './run-report.ts';

/** Answers that a busy machine may have come late before a server counts as silent. */
const GAPS = 6;
/** A question may just have been answered when a gap begins, and just have been missed when it ends. */
const READ_GAPS = 2;

/** How finely it is measured how late this process is. */
const LAG_MS = 5;

/** What the instances say of themselves while a run goes on, whatever clients and arbiters think. */
export interface SelfTold {
  add(sample: RoleSample): void;
  /** Nothing is looked at any more. */
  end(): void;
  /** The script begins: what was before is not its doing. */
  begin(): void;
  /** @param begunAt when it did; on the run's clock, as `at`, the end. */
  until(at: number, begunAt: number): Pick<Observations, 'roles' | 'promotions' | 'reads' | 'resyncs'>;
}

/** @param everyMs how often each instance is asked. */
export function collectSelfTold(everyMs: number): SelfTold {
  const roles = collectSpans(GAPS * everyMs);
  const promotions = collectPromotions(GAPS * everyMs);
  const reads = collectReads(READ_GAPS * everyMs);
  const resyncs = collectResyncs();
  const lag = monitorEventLoopDelay({ resolution: LAG_MS });
  lag.enable();
  return {
    add: (sample) => {
      for (const one of [roles, promotions, reads, resyncs]) one.add(sample);
    },
    begin: () => {
      resyncs.begin();
      lag.reset();
    },
    end: () => lag.disable(),
    until: (at, begunAt) => ({
      roles: { spans: roles.spans, everyMs, widestMs: roles.widestMs() },
      promotions: promotions.promotions.filter((promotion) => promotion.at >= begunAt),
      reads: reads.readsUntil(at, Math.max(0, lag.max / 1e6 - LAG_MS)),
      resyncs: resyncs.resyncs,
    }),
  };
}
