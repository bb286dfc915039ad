import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline, isTimeout, poll } from '../lib/poll.ts';
import type { ArbiterCapability, HandOver, HandOverWish } from '../stack/contract/arbiter.ts';
import type { FailoverCapability } from '../stack/contract/failover.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { type CleanUp, runCleanUps } from './clean-ups.ts';
import { type HandOverFigures, handOverFigures } from './hand-over-figures.ts';
import { createHistory, type History } from './history.ts';
import { runIdOf } from './run-id.ts';
import { type Clock, startWorkload, type Workload } from './workload.ts';

export interface HandOverInput {
  readonly stack: Stack;
  readonly wish: HandOverWish;
  /** Writes while it happens, and counts. */
  readonly measure: boolean;
  readonly clock: Clock;
  readonly date: () => Date;
  readonly random: () => number;
  /** Until everything agrees and follows, in milliseconds. */
  readonly limitMs: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** What was done; `figures` is null when nothing was measured. */
export interface HandOverReport extends HandOver {
  readonly figures: HandOverFigures | null;
}

/** Few enough to be no load for anybody: a gap is measured to within 10 ms and the writer's own way to the new primary. */
const RATE_PER_S = 200;
const WARM_ACKS = 20;
const WARM_UP_MS = 10_000;
const DRAIN_MS = 2000;
const READ_MS = 30_000;

/** The service of a stack that moves a primary, with what it offers for that. */
export interface Director {
  readonly service: Service;
  readonly arbiter: ArbiterCapability;
  readonly failover: FailoverCapability;
}

/**
 * Moves the primary, and measures what that costs whoever writes meanwhile.
 * @throws E_NOT_READY when something is in the way, before anything is changed; E_USAGE when nothing in the stack fails over.
 */
export async function handOver(
  input: HandOverInput,
  { service, arbiter, failover }: Director,
): Promise<HandOverReport> {
  const target = { stack: input.stack, service };
  const cleanUps: CleanUp[] = [];
  const signal = deadline(input.limitMs, input.signal);
  const move = (): Promise<HandOver> =>
    step(
      input.emit,
      { id: 'hand-over', title: 'hand the master over' },
      (progress) =>
        arbiter.handOver(target, { ...input.wish, onStep: (name) => progress(name) }, signal).catch(asNotReady),
      ({ from, primary }) => ({ state: 'done', detail: `${from} -> ${primary.instance}` }),
    );
  if (!input.measure) return { ...(await move()), figures: null };
  const runId = runIdOf(input.date(), input.random);
  try {
    cleanUps.push({ what: 'delete the written values', run: () => failover.cleanUp(target, runId) });
    const writer = await failover.openWriter(target, runId);
    cleanUps.push({ what: 'close the writer', run: () => writer.close() });
    const history = createHistory(() => undefined);
    const workload = startWorkload({
      ratePerS: RATE_PER_S,
      clock: input.clock,
      write: writer.write,
      onRecord: history.append,
    });
    cleanUps.push({ what: 'stop the writes', run: () => workload.stop() });
    await warmUp(history, workload, signal);
    const begunAt = input.clock.now();
    const moved = await move();
    // A deposed primary may go on acknowledging until it follows: only then everything that can be lost is lost.
    await step(input.emit, { id: 'rejoin', title: `wait until ${moved.from} is a replica` }, (progress) =>
      failover.steady(target, signal, { onReasons: (reasons) => progress(reasons.join('; ')) }),
    );
    await firstWriteTo(moved.primary.instance, history, signal);
    workload.stop();
    await workload.drain(DRAIN_MS);
    await writer.close();
    const { values } = await failover.finalRead(target, runId, deadline(READ_MS, input.signal));
    const figures = handOverFigures({
      history: history.records,
      values,
      begunAt,
      ratePerS: RATE_PER_S,
      discoveryMs: writer.discoveryMs,
      stats: workload.stats(),
    });
    return { ...moved, figures };
  } finally {
    await runCleanUps(cleanUps, input.emit);
  }
}

/** @throws E_USAGE when the stack has none. */
export function directorOf(stack: Stack): Director {
  for (const service of stack.services) {
    const { arbiter, failover } = service.kind;
    if (arbiter !== undefined && failover !== undefined) return { service, arbiter, failover };
  }
  throw new StackctlError('E_USAGE', `nothing in the stack ${stack.name} fails over`, {
    hint: 'It takes a service that directs a failover, e.g. that of the stack redis-sentinel. See: stackctl templates',
  });
}

async function warmUp({ records }: History, { stats }: Workload, signal: AbortSignal): Promise<void> {
  const acked = (): number => records.filter(({ outcome }) => outcome === 'acked').length;
  await poll(() => (acked() >= WARM_ACKS ? true : undefined), {
    everyMs: 5,
    signal: deadline(WARM_UP_MS, signal),
  }).catch((error: unknown) => {
    if (!isTimeout(error)) throw error;
    throw new StackctlError(
      'E_NOT_READY',
      `${acked()} of ${stats().sent} writes were acknowledged before the hand-over`,
      {
        hint: 'Nothing was changed. See why the master takes no writes: stackctl health. Without writes: --no-measure',
      },
    );
  });
}

async function firstWriteTo(primary: string, { records }: History, signal: AbortSignal): Promise<void> {
  const isThere = (): true | undefined =>
    records.some(({ outcome, node }) => outcome === 'acked' && node === primary) ? true : undefined;
  await poll(isThere, { everyMs: 5, signal });
}

function asNotReady(error: unknown): never {
  if (!isTimeout(error)) throw error;
  throw new StackctlError('E_NOT_READY', 'the hand-over did not end in time', {
    hint: 'See who is the master now: stackctl status. The Sentinels end what was begun.',
    cause: error,
  });
}
