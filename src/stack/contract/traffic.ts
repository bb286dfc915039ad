/**
 * What a kind offers to `stackctl seed traffic`: a way to send events to a service, and a way to read back what is there.
 * The feature (src/traffic/) owns the events, the pace, the ledger and the verdict; the kind owns the protocol.
 */
import type { ZodType } from 'zod';
import type { Mistake } from '../source/zod-problems.ts';
import type { IdTally } from './id-tally.ts';
import type { ServiceInput } from './model.ts';
import type { StoreDigest } from './range-digest.ts';
import type { RecordCapability } from './record.ts';
import type { RecordedRequest } from './recorded-request.ts';
import type { TrafficEvent } from './traffic-event.ts';

export interface TrafficCapability<Options = unknown> {
  readonly sink?: SinkCapability<Options>;
  /** Several, where the same events leave several traces (a stream, and a channel that forgets). */
  readonly store?: StoreCapability<Options>;
  readonly replay?: ReplayCapability<Options>;
  readonly record?: RecordCapability<Options>;
}

/** A service that recorded requests can be sent to again. */
export interface ReplayCapability<Options = unknown> {
  /** What it can be sent. */
  readonly takes: RecordedRequest['type'];
  /** @throws E_NOT_READY when the service cannot be reached. */
  open(input: ServiceInput<Options>): Promise<ReplaySink>;
}

export interface ReplaySink {
  /** Sends a request once. Called from several places at once. Never rejects, and takes seconds at most whatever the service does. */
  send(request: RecordedRequest): Promise<SendOutcome>;
  close(): Promise<void>;
}

export interface SinkCapability<Options = unknown> {
  /** Schema of `send.settings` of a profile, stack values filled in. */
  readonly settings: ZodType;
  /** Only the fields of the run are stored; others would be lost without a word. */
  readonly isTable?: true;
  /** Schema of `body` of a profile as it stands there, for a service that cannot be sent every one. */
  readonly body?: ZodType;
  /** Names of settings that may hold `{{name}}` of what is drawn for an event (`TrafficEvent.drawn`); absent: none. */
  readonly drawn?: readonly string[];
  /** False: with these settings nothing of an event's body is sent, so no store has to hold it. Absent: it always is. */
  sendsBody?(settings: unknown): boolean;
  /** What else than the body is sent of an event, to look at; undefined: nothing that differs between events. @param drawn as `TrafficRun.drawn`. */
  describe?(settings: unknown, drawn: readonly string[]): ((event: TrafficEvent) => unknown) | undefined;
  /**
   * Asks the server whether what the settings name is there and of the right type. Called before `open`, when the server
   * is ready and nothing was sent. What it throws becomes E_NOT_READY. @returns mistakes whose paths begin at the settings.
   */
  check?(input: ServiceInput<Options>, settings: unknown, run: TrafficRun): Promise<readonly Mistake[]>;
  /** @param settings as the profile has them, checked. @throws E_NOT_READY when the service cannot be reached. */
  open(input: ServiceInput<Options>, settings: unknown, run: TrafficRun): Promise<TrafficSink>;
  /**
   * Whether the same events, given to `send` again after an outcome that is no acknowledgement, are never stored twice with these
   * settings on this server. Called after `check`, before anything is sent; what it throws becomes E_NOT_READY. Absent: nothing is
   * known that would keep them from it.
   */
  repeatable?(input: ServiceInput<Options>, settings: unknown, run: TrafficRun): Promise<Repeatable>;
}

/** `why`: as a sentence without its end; `next`: what to do about it, as a whole one. */
export type Repeatable = true | Refused;

export interface Refused {
  readonly why: string;
  readonly next: string;
}

export interface StoreCapability<Options = unknown> {
  /** Schema of `stores[].settings` of a profile, stack values filled in. */
  readonly settings: ZodType;
  /** The same as for a sink. */
  check?(input: ServiceInput<Options>, settings: unknown, run: TrafficRun): Promise<readonly Mistake[]>;
  /** Called before the first event is sent. @param settings as the profile has them, checked. @throws E_NOT_READY when the service cannot be reached. */
  open(input: ServiceInput<Options>, settings: unknown, run: TrafficRun): Promise<TrafficStore>;
  /** What can be done to take the events of a run out again. Absent: nothing. @param settings as the profile has them, checked. */
  clean?(settings: unknown): Cleaning<Options>;
}

export type Cleaning<Options = unknown> =
  | {
      readonly type: 'deletes';
      /** What the run wrote there and is not deleted, in words; undefined: nothing else. */
      readonly stays?: string | undefined;
      /**
       * Deletes the events of the run, and nothing else. Whether that is so is read back with `TrafficStore`.
       * @throws what the server says when it does not.
       */
      delete(input: ServiceInput<Options>, run: TrafficRun): Promise<void>;
    }
  /** A channel: there is nothing to delete. */
  | { readonly type: 'keepsNothing' }
  | ({ readonly type: 'cannot' } & Refused);

export interface TrafficRun {
  /** 13 characters, the beginning of every id of the run: see `eventId`. */
  readonly runId: string;
  /** Unix time in milliseconds: no event of the run has an earlier one. */
  readonly oldestMs: number;
  /** Names of the fields that the body of an event may have. */
  readonly fields: readonly string[];
  /** Those whose whole value is the event's id; absent: not known. */
  readonly idFields?: readonly string[];
  /** Names that every event has drawn; absent: none. */
  readonly drawn?: readonly string[];
  /** Events without an acknowledgement are given to the sink again (`--retry`), as the same objects. */
  readonly repeats?: true;
  readonly signal: AbortSignal;
}

export type SendOutcome =
  /** `hit`: the answer says whether it came from a cache; absent: it does not say. */
  | { readonly type: 'acked'; readonly hit?: boolean }
  /** Certainly not stored: refused, or never sent. `unreachable`: waiting a moment may help. */
  | { readonly type: 'rejected'; readonly reason: string; readonly unreachable?: true }
  /** Sent, no answer or one that says nothing: stored or not. */
  | { readonly type: 'unknown'; readonly reason: string };

/** The service cannot be reached, or gave no answer: another batch right away would fare no better. */
export function isTrouble(outcome: SendOutcome): boolean {
  return outcome.type === 'unknown' || (outcome.type === 'rejected' && outcome.unreachable === true);
}

export interface TrafficSink {
  /**
   * Sends events together, each once: never again after a failure by itself. Called from several places at once. Never rejects; one
   * outcome for each event, in their order, within seconds whatever the service does.
   */
  send(events: readonly TrafficEvent[]): Promise<readonly SendOutcome[]>;
  /** Its outcomes say whether they came from a cache (`hit`). */
  readonly tellsHits?: boolean;
  close(): Promise<void>;
}

export interface TrafficStore {
  /** E.g. `redis sentinel:events`. */
  readonly name: string;
  /** `atMostOnce`: what is missing there proves nothing and nothing there is proof (a channel without memory). */
  readonly guarantee: 'stored' | 'atMostOnce';
  /** How many of `read` there would be; cheaper, for waiting. */
  count(signal: AbortSignal): Promise<number>;
  /** Where events of the run are to be expected: what was there before costs nothing. */
  read(signal: AbortSignal): Promise<StoreReading>;
  /** The same wherever they may be, to be certain that something is missing; absent: `read` looks everywhere. */
  readAll?(signal: AbortSignal): Promise<StoreReading>;
  /** How many rows it has, whatever their ids are, `most` at most: asked where it has none of the run. Absent: nobody can say. */
  rows?(most: number, signal: AbortSignal): Promise<number>;
  /** Absent: what is there is known by its ids alone. Only of one that has no contradictions and overwrites and forgets nothing. */
  readonly ranged?: RangedStore;
  close(): Promise<void>;
}

/** Shows what it holds of a run without sending the ids. */
export interface RangedStore {
  /**
   * Undefined: it has no such digest, or holds something near the ids of the run that is none.
   * @throws what the server says, also when it is too old for it.
   */
  digest(signal: AbortSignal): Promise<StoreDigest | undefined>;
  /** As `read`, of some ranges alone. @param indexes a few thousand at most. */
  readRanges(indexes: readonly number[], found: IdTally, signal: AbortSignal): Promise<void>;
}

export interface StoreReading {
  /** Events of this run that the store holds, each as often as it is there. */
  readonly found: IdTally;
  /** What cannot be if everything was stored as it was sent, in words; empty when there is nothing. */
  readonly contradictions: readonly string[];
  /** Of those that were found, events that a later one has overwritten, as it should: nobody can see them any more. */
  readonly overwritten?: number | undefined;
  /** Nothing of the run was found: how many rows the store has, as far as as many as were acknowledged. */
  readonly otherRows?: number | undefined;
  /** Why the store may have forgotten events of the run, e.g. `it keeps 100 events`: then what is missing is no loss. */
  readonly forgets?: string | undefined;
}
