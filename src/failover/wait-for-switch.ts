import { pollFor } from '../lib/poll.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import type { ClusterEvent, Until } from '../stack/contract/scenario.ts';
import type { RunInput } from './run-input.ts';

/** An arbiter that has not reported its switch this long after the first one is not waited for. */
const STRAGGLER_MS = 5000;
const FIRST_WRITE_MS = 5000;

/** What happened since the last fault. */
export interface SwitchView {
  /** Who was the primary then. */
  readonly oldPrimary: string;
  readonly since: number;
  /** When the outage is longer than allowed, whatever comes. */
  readonly tooLateAt: number;
  /** Names of the arbiters that can report. */
  readonly arbiters: readonly string[];
  readonly events: readonly ClusterEvent[];
  readonly history: readonly WriteRecord[];
}

/**
 * Until every arbiter that can has reported its switch and a new primary has acknowledged a write: healed earlier, the old
 * primary could still win. A switch that does not come is a finding, not an error.
 * @param progress called with how far it is: writes since the fault, and the newest step that an arbiter reported.
 */
export async function waitForSwitch(
  input: RunInput,
  view: SwitchView,
  { isFirstEnough = false, isAckNeeded = true }: Until,
  progress: (detail: string) => void,
): Promise<void> {
  const show = liveShown(view, progress);
  const switched = () => {
    const since = view.events.filter(({ at }) => at >= view.since);
    show(since, input.clock.now());
    const reports = switchesSince(view);
    if (reports.length === 0) return isGivenUp(view, since, input.clock.now()) ? true : undefined;
    if (isFirstEnough) return true;
    const sources = new Set(reports.map(({ source }) => source));
    const isComplete = view.arbiters.every((arbiter) => sources.has(arbiter));
    const first = reports[0]?.at ?? 0;
    if (!isComplete && input.clock.now() - first < STRAGGLER_MS) return undefined;
    return !isAckNeeded || ackedElsewhere(view) ? true : undefined;
  };
  await pollFor(input.limits.switchMs, switched, { everyMs: 10, signal: input.signal });
}

/** A group may be steady a moment before the writer has found its primary. @param at of the run's clock. */
export async function waitForWrite(
  { signal }: RunInput,
  history: readonly WriteRecord[],
  node: string,
  at: number,
): Promise<void> {
  const isAcked = (record: WriteRecord): boolean =>
    record.outcome === 'acked' && record.node === node && record.completed > at;
  const acked = () => (history.some(isAcked) ? true : undefined);
  await pollFor(FIRST_WRITE_MS, acked, { everyMs: 10, signal });
}

/** Why no arbiter has reported a switch, in their words; empty when one has. */
export function explanationOf({ capability, target }: RunInput, view: SwitchView): readonly string[] {
  const later = view.events.filter(({ at }) => at >= view.since);
  return switchesSince(view).length > 0 ? [] : capability.explain(target, later);
}

/** Reports of another primary since the last fault. What names the instance that was struck is about the failover before. */
export function switchesSince({ events, since, oldPrimary }: SwitchView): readonly ClusterEvent[] {
  return events.filter(({ at, phase, primary }) => at >= since && phase === 'switched' && primary !== oldPrimary);
}

/** An arbiter has given up, and the outage is already longer than allowed: the verdict is certain. */
function isGivenUp({ tooLateAt }: SwitchView, later: readonly ClusterEvent[], now: number): boolean {
  return later.some(({ phase }) => phase === 'aborted') && now > tooLateAt;
}

/** How often figures are shown anew. */
const SHOWN_EVERY_MS = 500;

/** Shows how far the failover is, and what becomes of the writes meanwhile. */
function liveShown(
  view: SwitchView,
  progress: (detail: string) => void,
): (later: readonly ClusterEvent[], now: number) => void {
  let shown: ClusterEvent | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  return (later, now) => {
    const newest = later.findLast(({ phase }) => phase !== undefined);
    if (newest === shown && now - shownAt < SHOWN_EVERY_MS) return;
    shown = newest;
    shownAt = now;
    progress(`${writesSince(view, now)}${newest === undefined ? '' : `; ${newest.source}: ${newest.name}`}`);
  };
}

function writesSince({ history, since }: SwitchView, now: number): string {
  const later = history.filter(({ completed }) => completed > since);
  const count = (wanted: WriteRecord['outcome']): number => later.filter(({ outcome }) => outcome === wanted).length;
  const seconds = ((now - since) / 1000).toFixed(1);
  return `${seconds} s: ${count('acked')} acked, ${count('failed')} failed, ${count('unknown')} unknown`;
}

function ackedElsewhere({ history, oldPrimary, since }: SwitchView): boolean {
  return history.some(
    ({ outcome, node, completed }) => outcome === 'acked' && node !== oldPrimary && completed > since,
  );
}
