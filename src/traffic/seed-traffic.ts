/** Sends the events of a profile, waits until the stores have them, and says whether they do. The one file that acts. */

import { setTimeout as delay } from 'node:timers/promises';
import { errorText } from '../errors.ts';
import { counted } from '../lib/counted.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline, isTimeout, poll } from '../lib/poll.ts';
import type { Stack } from '../stack/contract/model.ts';
import {
  runIdOf,
  type SendOutcome,
  type TrafficEvent,
  type TrafficRun,
  type TrafficSink,
} from '../stack/contract/traffic.ts';
import { applies } from './check-profile.ts';
import { compileEvents } from './generate.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { LoadedProfile } from './load-profile.ts';
import { createMeter, type Meter } from './meter.ts';
import { type OpenStore, openTargets } from './open-targets.ts';
import { chunkSize, dueMs, pauseMs } from './pace.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { whyNoProof } from './proof.ts';
import { reportOf, type StoreAnswer, type TrafficReport } from './report.ts';

export interface SeedInput {
  readonly stack: Stack;
  readonly profile: TrafficProfile;
  /** The error for mistakes that only servers can see. */
  readonly refuse: LoadedProfile['refuse'];
  readonly count: number;
  readonly seed: number;
  /** Events per second; undefined: as fast as they are acknowledged. */
  readonly ratePerS: number | undefined;
  /** Unix time that timestamps start from; undefined: the profile's epoch. */
  readonly epochMs: number | undefined;
  /** Longest wait for the stores, in milliseconds; undefined: as long as something arrives. */
  readonly settleMs: number | undefined;
  /** `performance.now`. */
  readonly clock: { now(): number };
  readonly date: () => Date;
  /** 6 bytes that no other run has. */
  readonly random: (size: number) => Uint8Array;
  readonly emit: Emit;
  /** An interrupt ends the sending; what is known by then is the result. */
  readonly signal: AbortSignal;
}

/**
 * @throws E_NOT_READY when the services cannot be reached, E_PROFILE_INVALID when one of them says that the profile cannot
 * be right (a table that is not there): nothing was sent then.
 */
export async function seedTraffic(input: SeedInput): Promise<TrafficReport> {
  const { profile, stack, count, seed, clock } = input;
  const epochMs = input.epochMs ?? (profile.epoch === 'now' ? input.date().getTime() : profile.epoch);
  const run: TrafficRun = { runId: runIdOf(input.random(6)), signal: input.signal };
  const ledger = createLedger(count);
  const targets = await openTargets({ profile, stack, count, epochMs, refuse: input.refuse }, run);
  try {
    const eventAt = compileEvents({ profile, seed, runId: run.runId, epochMs });
    const startedAt = clock.now();
    const meter = createMeter(profile.send.inFlight);
    await sendAll(input, { eventAt, ledger, meter, sink: targets.sink, startedAt });
    const durationMs = clock.now() - startedAt;
    const answers = [...targets.unfit, ...(await readAll(input, targets.stores, ledger))];
    const interrupted = input.signal.aborted;
    const base = { profile: profile.profile, seed, runId: run.runId, epochMs, count };
    const { ratePerS } = input;
    const pace = { ratePerS, batch: chunkSize(profile.send.batch, ratePerS), inFlight: profile.send.inFlight, meter };
    return reportOf({ ...base, durationMs, pace, interrupted, ledger, answers });
  } finally {
    await targets.close();
  }
}

/** The services that a run of this profile talks to. */
export function servicesOf({ send, stores }: TrafficProfile, stack: Stack): readonly string[] {
  const read = stores.filter((store) => applies(store.when, stack) && whyNoProof(store, stack, 1) === undefined);
  return [...new Set([send.service, ...read.map(({ service }) => service)])];
}

interface Sending {
  readonly eventAt: (sequence: number) => TrafficEvent;
  readonly ledger: Ledger;
  readonly meter: Meter;
  readonly sink: TrafficSink;
  readonly startedAt: number;
}

/** Several loops take the next events from one place; each has at most one batch on its way. */
async function sendAll(input: SeedInput, sending: Sending): Promise<void> {
  const { profile, count, ratePerS, emit } = input;
  const size = chunkSize(profile.send.batch, ratePerS);
  let next = 0;
  const take = (): readonly [number, number] | undefined => {
    if (next >= count || input.signal.aborted) return undefined;
    const from = next;
    next = Math.min(count, from + size);
    return [from, next];
  };
  const title = `send ${counted(count, 'event')} of ${profile.profile} to ${profile.send.service}`;
  const loops = (progress: (detail: string) => void) => {
    let shownAt = sending.startedAt;
    const show = (): void => {
      if (input.clock.now() - shownAt < 200) return;
      shownAt = input.clock.now();
      progress(figures(sending.ledger));
    };
    return Promise.all(Array.from({ length: profile.send.inFlight }, () => sendLoop(input, sending, take, show)));
  };
  await step(emit, { id: 'send', title }, loops, () => ({
    state: input.signal.aborted ? 'failed' : 'done',
    detail: figures(sending.ledger),
  }));
}

async function sendLoop(
  { ratePerS, clock, signal }: SeedInput,
  { eventAt, ledger, meter, sink, startedAt }: Sending,
  take: () => readonly [number, number] | undefined,
  show: () => void,
): Promise<void> {
  let failures = 0;
  for (let part = take(); part !== undefined; part = take()) {
    const [from, to] = part;
    await wait(dueMs(from, ratePerS) - (clock.now() - startedAt), signal);
    if (signal.aborted) return; // these were never sent
    const events = Array.from({ length: to - from }, (_, index) => eventAt(from + index));
    meter.left(from, clock.now() - startedAt);
    const outcomes = await sink.send(events);
    meter.answered(clock.now() - startedAt);
    for (const [index, event] of events.entries()) {
      ledger.record(event.sequence, outcomes[index] ?? { type: 'unknown', reason: 'the sink gave no outcome' });
    }
    failures = outcomes.some(isTrouble) ? failures + 1 : 0;
    show();
    await wait(pauseMs(failures), signal);
  }
}

/** The service is away rather than unwilling: going on at full speed would only count failures. */
function isTrouble(outcome: SendOutcome): boolean {
  return outcome.type === 'unknown' || (outcome.type === 'rejected' && outcome.unreachable === true);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => undefined); // an interrupt ends the wait
}

function figures({ counts }: Ledger): string {
  const rest = [
    ...(counts.rejected === 0 ? [] : [`${counts.rejected} rejected`]),
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} unknown`]),
  ];
  return [`${counts.acked} acknowledged`, ...rest].join(', ');
}

/** After an interrupt the stores are looked at once, so that what is known can be told. */
const LAST_LOOK_MS = 5000;
const READ_MS = 60_000;

async function readAll(
  input: SeedInput,
  stores: readonly OpenStore[],
  ledger: Ledger,
): Promise<readonly StoreAnswer[]> {
  return Promise.all(
    stores.map((open) => {
      const { name } = open.store;
      return step(
        input.emit,
        { id: `read:${name}`, title: `read back ${name}` },
        () => readOne(input, open, ledger),
        ({ answer }) =>
          answer.type === 'error'
            ? { state: 'failed', detail: answer.error }
            : { state: 'done', ...(answer.type === 'read' && { detail: `${answer.reading.ids.length} found` }) },
      );
    }),
  );
}

async function readOne(input: SeedInput, open: OpenStore, ledger: Ledger): Promise<StoreAnswer> {
  const { name, guarantee } = open.store;
  try {
    if (!input.signal.aborted) await untilSettled(input, open, ledger);
    const reading = await open.store.read(AbortSignal.timeout(input.signal.aborted ? LAST_LOOK_MS : READ_MS));
    const forgets = open.forgets !== undefined && input.date().getTime() >= open.forgets.atMs;
    const why = forgets ? open.forgets?.why : undefined;
    return { name, guarantee, answer: { type: 'read', reading, forgets: why } };
  } catch (error) {
    return {
      name,
      guarantee,
      answer: { type: 'error', error: isTimeout(error) ? 'no answer in time' : errorText(error) },
    };
  }
}

const LOOK_EVERY_MS = 100;
/** Everything acknowledged is there, and some outcomes are unknown: how long nothing more may come. */
const QUIET_MS = 1000;

/** Until everything is there, or nothing more has come for a while. A store that does not answer is asked again. */
async function untilSettled(
  { clock, signal, settleMs }: SeedInput,
  { store, settleMs: profileMs }: OpenStore,
  { counts: { acked, unknown } }: Ledger,
): Promise<void> {
  // Nothing is there that could arrive late in what forgets at once.
  const patience = store.guarantee === 'atMostOnce' ? QUIET_MS : profileMs;
  const limit = settleMs === undefined ? signal : deadline(settleMs, signal);
  let last = { count: -1, at: clock.now() };
  const look = async (): Promise<true | undefined> => {
    const count = await store.count(deadline(READ_MS, limit)).catch(() => -1); // it may be starting again
    if (count >= acked + unknown) return true;
    if (count !== last.count) last = { count, at: clock.now() };
    const quiet = clock.now() - last.at;
    return quiet >= (count >= acked ? Math.min(QUIET_MS, patience) : patience) ? true : undefined;
  };
  await poll(look, { everyMs: LOOK_EVERY_MS, signal: limit }).catch((error: unknown) => {
    if (!isTimeout(error) && !signal.aborted) throw error;
  });
}
