import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline, pollFor } from '../lib/poll.ts';
import type { Stack } from '../stack/contract/model.ts';
import { type CleanUp, runCleanUps } from './clean-ups.ts';
import type { Director } from './director.ts';
import { type HandOverFigures, handOverFigures } from './hand-over-figures.ts';
import { type Clock, createHistory, type History } from './history.ts';
import { runIdOf } from './run-id.ts';

export interface MeasureInput {
  readonly stack: Stack;
  readonly clock: Clock;
  readonly date: () => Date;
  readonly random: () => number;
  /** Until everything agrees and follows afterwards, in milliseconds. */
  readonly limitMs: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** Few enough to be no load for anybody: a gap is measured to within 10 ms and the writer's own way to the new primary. */
const RATE_PER_S = 200;
const WARM_ACKS = 20;
const WARM_UP_MS = 10_000;
const FIRST_WRITE_MS = 10_000;
const DRAIN_MS = 2000;
const READ_MS = 30_000;

export interface Measured<T> {
  readonly result: T;
  readonly figures: HandOverFigures;
}

/**
 * Writes to the primary while `work` runs, and says what that has cost: the longest gap, and every acknowledged write that is
 * gone. What was written is deleted however it ends.
 * @param leftOut the instances that are known to be down, which it does not wait for.
 * @throws E_NOT_READY before `work` when the primary takes no writes, and when the group does not become steady after it;
 *   what `work` throws.
 */
export async function measureWhile<T>(
  input: MeasureInput,
  { service, failover }: Director,
  work: () => Promise<T>,
  leftOut: (result: T) => readonly string[] = () => [],
): Promise<Measured<T>> {
  const { stack, clock, emit, signal } = input;
  const target = { stack, service };
  const runId = runIdOf(input.date(), input.random);
  const cleanUps: CleanUp[] = [];
  try {
    cleanUps.push({ what: 'delete the written values', run: () => failover.cleanUp(target, runId) });
    const history = createHistory(() => undefined);
    const writing = await failover.startWriting(target, { runId, ratePerS: RATE_PER_S, onRecord: history.append });
    cleanUps.push({ what: 'end the writer', run: () => writing.close() });
    await warmUp(history, signal);
    const begunAt = clock.now();
    const result = await work();
    // A deposed primary may go on acknowledging until it follows: only then everything that can be lost is lost.
    await step(emit, { id: 'agree', title: 'wait until all agree' }, (progress) =>
      failover.steady(target, deadline(input.limitMs, signal), {
        without: leftOut(result),
        onReasons: (reasons) => progress(reasons.join('; ')),
      }),
    );
    await ackedSince(clock.now(), history, signal);
    const endedAt = clock.now();
    const stats = await writing.stop(DRAIN_MS);
    await writing.close();
    const { values } = await failover.finalRead(target, runId, deadline(READ_MS, signal));
    const { discoveryMs } = writing;
    const observed = { history: history.records, values, begunAt, endedAt, ratePerS: RATE_PER_S, discoveryMs, stats };
    return { result, figures: handOverFigures(observed) };
  } finally {
    await runCleanUps(cleanUps, emit);
  }
}

/** As `measureWhile`; where the primary takes no writes beforehand, that is a warning, and nothing is measured. */
export async function measureIfPossible<T>(
  input: MeasureInput,
  director: Director,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly figures: HandOverFigures | null }> {
  let isBegun = false;
  const begin = (): Promise<T> => {
    isBegun = true;
    return work();
  };
  try {
    return await measureWhile(input, director, begin);
  } catch (error) {
    if (isBegun || !(error instanceof StackctlError && error.code === 'E_NOT_READY')) throw error;
    input.emit({ type: 'warning', text: `not measured: ${error.message}` });
    return { result: await work(), figures: null };
  }
}

async function warmUp({ records }: History, signal: AbortSignal): Promise<void> {
  const acked = (): number => records.filter(({ outcome }) => outcome === 'acked').length;
  const isWarm = (): true | undefined => (acked() >= WARM_ACKS ? true : undefined);
  if ((await pollFor(WARM_UP_MS, isWarm, { everyMs: 5, signal })) === true) return;
  throw new StackctlError(
    'E_NOT_READY',
    `${acked()} of ${records.length} writes were acknowledged while nothing was changed yet`,
    {
      hint: 'Nothing was changed. See why the master takes no writes: stackctl health. Without writes: --no-measure',
    },
  );
}

/** The gap has an end: so it is measured whole. Without one in time the figures say how long it was until here. */
async function ackedSince(at: number, { records }: History, signal: AbortSignal): Promise<void> {
  const isThere = (): true | undefined =>
    records.some(({ outcome, completed }) => outcome === 'acked' && completed >= at) ? true : undefined;
  await pollFor(FIRST_WRITE_MS, isThere, { everyMs: 5, signal });
}
