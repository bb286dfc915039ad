import type { MemberView } from '../../../src/clients/redis/sentinel.ts';

/** A replica at `h:2` that is well, as a Sentinel sees it. */
export function memberView(change: Partial<MemberView> = {}): MemberView {
  return {
    address: 'h:2',
    host: 'h',
    port: '2',
    runId: 'a'.repeat(40),
    flags: ['slave'],
    priority: 100,
    sinceReplyMs: 200,
    sinceInfoMs: 4000,
    linkDownMs: 0,
    downAfterMs: 5000,
    ...change,
  };
}
