/** What is said between stackctl and this program. */
import type { ClientAdapter, WorkloadStats, WriteOutcome } from '../../../stack/contract/failover.ts';
import type { WorkloadShape } from '../../../stack/contract/final-read.ts';

/** A server, as the host reaches it. */
export interface Reachable {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** The first line that it reads. Passwords go through the pipe: they are in no argument and no environment. */
export interface WriterPlan {
  /** What the Sentinels call the group. */
  readonly group: string;
  readonly sentinels: readonly Reachable[];
  readonly sentinelPassword: string | undefined;
  /** `peer`: `host:port` by which the Sentinels name the server. */
  readonly members: readonly (Reachable & { readonly peer: string })[];
  readonly password: string | undefined;
  /** What it writes; a client writes a list. */
  readonly shape: WorkloadShape;
  /** Where it writes that, and after how many seconds that goes away by itself. Of messages: their channel. */
  readonly key: string;
  readonly lifetimeS: number;
  /** Keys of clients that write at the same time, whose lifetime is this writer's business. */
  readonly companions: readonly string[];
  readonly ratePerS: number;
  /**
   * Instead of a schedule: so many writes are on their way at any time, each answer followed by the next write. What a record costs
   * is measured in this way; an outage cannot be (it stops the load too).
   */
  readonly closedLoop?: { readonly inFlight: number; readonly isRecorded: boolean } | undefined;
  /** A write counts as acknowledged when so many replicas have it, within so many milliseconds (`WAIT`). */
  readonly wait?: { readonly replicas: number; readonly ms: number } | undefined;
  /** Writes instead of this program, which keeps the schedule. */
  readonly client?: AdaptedClient | undefined;
}

export interface AdaptedClient extends ClientAdapter {
  readonly options: Readonly<Record<string, unknown>>;
}

/** A later line. It then sends nothing more and waits for the answers that are missing, so long. */
export interface StopOrder {
  readonly drainMs: number;
}

/** What became of a write; times are those of `monotonicMs`. */
export interface SentRecord {
  readonly value: number;
  readonly intended: number;
  readonly invoked: number;
  readonly outcome: WriteOutcome;
}

/**
 * A record as a line has it: value; when it was due, sent and answered, in whole microseconds; outcome; the server that acknowledged
 * it, or the error; `noneAt`; what the server answered beside that. A list takes a third of the time and of the bytes of an object, and
 * the writer has better things to do.
 */
export type RecordLine = readonly [
  value: number,
  intended: number,
  invoked: number,
  at: number,
  type: WriteOutcome['type'],
  detail: string | null,
  noneAt?: number | null,
  answer?: number,
];

export function toLine({ value, intended, invoked, outcome }: SentRecord): RecordLine {
  const { type, at } = outcome;
  const times = [micro(intended), micro(invoked), micro(at)] as const;
  if (type !== 'acked') return [value, ...times, type, outcome.error];
  const { node = null, noneAt, answer } = outcome;
  const line = [value, ...times, type, node] as const;
  if (answer !== undefined) return [...line, noneAt === undefined ? null : micro(noneAt), answer];
  return noneAt === undefined ? line : [...line, micro(noneAt)];
}

export function fromLine([value, intended, invoked, at, type, detail, noneAt, answer]: RecordLine): SentRecord {
  const times = { value, intended: intended / 1000, invoked: invoked / 1000 };
  if (type !== 'acked') return { ...times, outcome: { type, at: at / 1000, error: detail ?? '' } };
  const node = detail ?? undefined;
  const searched = noneAt == null ? undefined : noneAt / 1000;
  return {
    ...times,
    outcome: { type, at: at / 1000, node, noneAt: searched, ...(answer !== undefined && { answer }) },
  };
}

function micro(ms: number): number {
  return Math.round(ms * 1000);
}

/** A line that it writes. */
export type WriterMessage =
  /** It has a connection to the master, and writes from now on. */
  | { readonly type: 'open'; readonly discoveryMs: number; readonly title?: string | undefined }
  /** Before that, of a client: the group of processes that goes with this program, also when it is killed. */
  | { readonly type: 'started'; readonly group: number }
  /** Instead: the client does not begin, and this is why. The last line. */
  | { readonly type: 'refused'; readonly problem: string }
  | { readonly type: 'records'; readonly records: readonly RecordLine[] }
  /** The last one after an order to stop. */
  | { readonly type: 'stopped'; readonly stats: WorkloadStats };

/** Milliseconds of the one clock that all processes of a machine share and that nobody sets. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
