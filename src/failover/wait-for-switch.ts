import { deadline, isTimeout, poll } from '../lib/poll.ts';
import type { ClusterEvent, WriteRecord } from '../stack/contract/failover.ts';
import type { FaultCall } from './fault-moment.ts';
import type { RunInput } from './run-input.ts';

/** An arbiter that has not reported its switch this long after the first one is not waited for. */
const STRAGGLER_MS = 5000;
const FIRST_WRITE_MS = 5000;

export interface SwitchView {
  readonly oldPrimary: string;
  readonly fault: FaultCall;
  readonly events: readonly ClusterEvent[];
  readonly history: readonly WriteRecord[];
}

/**
 * Until every arbiter has reported its switch and, after a real fault, a new primary has acknowledged a write: healed
 * earlier, the old primary could still win. A switch that does not come is a finding, not an error.
 * @param progress called with each new event of an arbiter.
 */
export async function waitForSwitch(
  input: RunInput,
  view: SwitchView,
  progress: (detail: string) => void,
): Promise<void> {
  const arbiters = input.target.service.instances.length;
  const showNewest = newestShown(progress);
  const switched = () => {
    const since = view.events.filter(({ at }) => at >= view.fault.calledAt);
    showNewest(since);
    const reports = since.filter(({ phase }) => phase === 'switched');
    if (reports.length === 0) return isGivenUp(input, view, since) ? true : undefined;
    const complete = new Set(reports.map(({ source }) => source)).size >= arbiters;
    const first = reports[0]?.at ?? 0;
    if (!complete && input.clock.now() - first < STRAGGLER_MS) return undefined;
    return input.scenario.fault === undefined || ackedElsewhere(view) ? true : undefined;
  };
  await unlessTimeout(poll(switched, { everyMs: 10, signal: deadline(input.limits.switchMs, input.signal) }));
}

/** A group may be steady a moment before the writer has found its new primary. */
export async function waitForFirstWrite({ signal }: RunInput, view: SwitchView): Promise<void> {
  const acked = () => (ackedElsewhere(view) ? true : undefined);
  await unlessTimeout(poll(acked, { everyMs: 10, signal: deadline(FIRST_WRITE_MS, signal) }));
}

/** Why no arbiter has reported a switch, in their words; empty when one has. */
export function explanationOf({ capability, target }: RunInput, { events, fault }: SwitchView): readonly string[] {
  const since = events.filter(({ at }) => at >= fault.calledAt);
  return since.some(({ phase }) => phase === 'switched') ? [] : capability.explain(target, since);
}

/** An arbiter has given up, and the outage is already longer than allowed: the verdict is certain. */
function isGivenUp({ clock, thresholds }: RunInput, { fault }: SwitchView, since: readonly ClusterEvent[]): boolean {
  return since.some(({ phase }) => phase === 'aborted') && clock.now() - fault.returnedAt > thresholds.maxOutageMs;
}

/** Shows how far the failover is, once for each new event of an arbiter. */
function newestShown(progress: (detail: string) => void): (since: readonly ClusterEvent[]) => void {
  let shown: ClusterEvent | undefined;
  return (since) => {
    const newest = since.findLast(({ phase }) => phase !== undefined);
    if (newest === undefined || newest === shown) return;
    shown = newest;
    progress(`${newest.source}: ${newest.name}`);
  };
}

function ackedElsewhere({ history, oldPrimary, fault }: SwitchView): boolean {
  return history.some(
    ({ outcome, node, completed }) => outcome === 'acked' && node !== oldPrimary && completed > fault.calledAt,
  );
}

async function unlessTimeout(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isTimeout(error)) throw error;
  }
}
