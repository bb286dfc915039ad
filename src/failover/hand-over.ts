import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import { deadline, isTimeout } from '../lib/poll.ts';
import type { HandOver, HandOverWish } from '../stack/contract/arbiter.ts';
import type { Director } from './director.ts';
import type { HandOverFigures } from './hand-over-figures.ts';
import { type MeasureInput, measureWhile } from './measure-while.ts';

export interface HandOverInput extends MeasureInput {
  readonly wish: HandOverWish;
  /** Writes while it happens, and counts. */
  readonly measure: boolean;
}

/** What was done; `figures` is null when nothing was measured. */
export interface HandOverReport extends HandOver {
  readonly figures: HandOverFigures | null;
}

/**
 * Moves the primary, and measures what that costs whoever writes meanwhile.
 * @throws E_NOT_READY when something is in the way, before anything is changed.
 */
export async function handOver(input: HandOverInput, director: Director): Promise<HandOverReport> {
  const { stack, wish, emit, limitMs } = input;
  const target = { stack, service: director.service };
  const signal = deadline(limitMs, input.signal);
  const onWarning = (text: string): void => emit({ type: 'warning', text });
  const move = (): Promise<HandOver> =>
    step(
      emit,
      { id: 'hand-over', title: 'hand the master over' },
      (progress) =>
        director.arbiter.handOver(target, { ...wish, onStep: progress, onWarning }, signal).catch(asNotReady),
      ({ from, primary }) => ({ state: 'done', detail: `${from} -> ${primary.instance}` }),
    );
  if (!input.measure) return { ...(await move()), figures: null };
  const { result, figures } = await measureWhile(input, director, move, ({ leftOut }) => leftOut);
  return { ...result, figures };
}

function asNotReady(error: unknown): never {
  if (!isTimeout(error)) throw error;
  throw new StackctlError('E_NOT_READY', 'the hand-over did not end in time', {
    hint: 'See who is the master now: stackctl status. The Sentinels end what was begun.',
    cause: error,
  });
}
