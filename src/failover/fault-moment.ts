import type { WriteRecord } from '../stack/contract/failover.ts';

/** What made the fault, in milliseconds of the run's clock. */
export interface FaultCall {
  /** In words, e.g. `kill redis-1`. */
  readonly what?: string | undefined;
  /** Just before the runtime (or an arbiter) was asked for it. Nothing before this is the fault's doing. */
  readonly calledAt: number;
  /** When the runtime said that the fault has taken effect; for what is asked for by protocol, `calledAt`. */
  readonly returnedAt: number;
  /** Where somebody else than who made it has seen it take effect: who, and between which two looks. */
  readonly seen?: FaultSeen | undefined;
  /** The same for what begins with the call and shows later: figures count from the call. */
  readonly effect?: FaultSeen | undefined;
  /** The primary goes on acknowledging: the fault is somewhere else. */
  readonly sparesPrimary?: boolean | undefined;
}

/** What a primary acknowledged right before it was cut off may still have been on the way to its replicas, or to a subscriber. */
export const ON_THE_WAY_MS = 50;

export interface FaultSeen {
  readonly source: string;
  readonly notYetAt: number;
  readonly seenAt: number;
}

export interface FaultMoment {
  readonly calledAt: number;
  /** What every figure is relative to: the fault took effect here or up to `withinMs` later. */
  readonly at: number;
  readonly withinMs: number;
}

/** Errors of a write that say that its connection to the primary is gone, or that it has none since then. */
const BROKEN: ReadonlySet<string | undefined> = new Set(['Connection is closed.', 'no master known']);

/**
 * The fault took effect somewhere in its call, which may take long (an Engine answers a kill after hundreds of
 * milliseconds). Who looked meanwhile narrows that down, and so does what the primary still acknowledged, and the first write that
 * found its connection broken: whoever looks may have had to wait for a processor.
 */
export function momentOf(
  { calledAt, returnedAt, seen, sparesPrimary = false }: FaultCall,
  history: readonly WriteRecord[],
  oldPrimary: string,
): FaultMoment {
  const [from, to] = seen === undefined ? [calledAt, returnedAt] : [seen.notYetAt, seen.seenAt];
  const within = sparesPrimary ? [] : history.filter(({ completed }) => completed > from && completed <= to);
  const alive = within.filter(({ outcome, node }) => outcome === 'acked' && node === oldPrimary);
  const at = alive.reduce((latest, { completed }) => Math.max(latest, completed), from);
  const broken = within.filter(
    ({ outcome, error, completed }) => outcome !== 'acked' && BROKEN.has(error) && completed > at,
  );
  const until = broken.reduce((earliest, { completed }) => Math.min(earliest, completed), to);
  return { calledAt, at, withinMs: until - at };
}
