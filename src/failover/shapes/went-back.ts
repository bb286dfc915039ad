import type { WriteRecord } from '../../stack/contract/failover.ts';
import type { WorkloadShape } from '../../stack/contract/final-read.ts';
import { isOneValue } from './present.ts';

/**
 * How often a session read something older than it had been told before (monotonic reads, read your writes): each answer of a
 * register and of a counter is a read. Null for what answers nothing of the kind.
 */
export function wentBack(shape: WorkloadShape, history: readonly WriteRecord[]): number | null {
  if (!isOneValue(shape)) return null;
  const reads = history.filter(({ outcome, answer }) => outcome === 'acked' && answer !== undefined);
  const [begun, ended] = [reads.toSorted(byInvoked), reads.toSorted(byCompleted)];
  let newest = 0;
  let next = 0;
  let times = 0;
  for (const { invoked, answer = 0 } of begun) {
    for (let known = ended[next]; known !== undefined && known.completed <= invoked; known = ended[++next])
      newest = Math.max(newest, toldBy(shape, known));
    // A counter's answer has this very addition in it.
    if (answer < (shape === 'counter' ? newest + 1 : newest)) times += 1;
  }
  return times;
}

/** What the session has known since this answer: of a register its own value, of a counter the sum. */
function toldBy(shape: WorkloadShape, { value, answer = 0 }: WriteRecord): number {
  return shape === 'register' ? value : answer;
}

function byInvoked(a: WriteRecord, b: WriteRecord): number {
  return a.invoked - b.invoked;
}

function byCompleted(a: WriteRecord, b: WriteRecord): number {
  return a.completed - b.completed;
}
