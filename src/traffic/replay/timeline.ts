/**
 * When recorded items are due. Every time is counted from one start, never from the item before, so that nothing adds up:
 *
 *     due = (start of the round + instant - first instant - what pauses were shortened by) / speed
 *
 * Instants of this century in milliseconds are multiples of 2^-12 in a double, and so are differences and sums of them, which
 * are exact therefore: only the division by the speed rounds. Pure.
 */
import { boundMs, type TimeBound } from './time-bound.ts';

export interface TimelineRules {
  /** Recorded time that goes by in one of the replay's, above 0; `max`: there are no waits. */
  readonly speed: number | 'max';
  /** Of items by their recorded time, this instant included; undefined: from the first. */
  readonly from: TimeBound | undefined;
  /** This instant not included; undefined: to the last. */
  readonly to: TimeBound | undefined;
  /** Milliseconds of recorded time that a pause has at most, whatever the speed; undefined: as recorded. */
  readonly limitGapMs: number | undefined;
}

/**
 * Milliseconds after the start of the replay at which an item is due, undefined where the format has no instants; or that it is
 * not selected.
 */
export type Placement = { readonly type: 'due'; readonly dueMs: number | undefined } | { readonly type: 'notSelected' };

export interface TimelineFigures {
  /** Items that were selected, of all rounds; what follows is about them. */
  readonly items: number;
  /** The earliest and the latest instant, Unix time in milliseconds; undefined: none, or a format without instants. */
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  /** Earlier than one before them: due at once, with the latest one before them. */
  readonly outOfOrder: number;
  readonly largestStepBackMs: number;
  readonly gapsLimited: number;
  /** Milliseconds of recorded time by which pauses were shortened, together. */
  readonly limitedByMs: number;
}

export interface Timeline {
  /** The next item of the round, in the order of the recording. @param atMs Unix time in milliseconds */
  place(atMs: number | undefined): Placement;
  /**
   * What follows is the recording from its beginning, one mean pause after the last item of this round; one second where there
   * is none to take the mean of.
   */
  nextRound(): void;
  readonly figures: TimelineFigures;
}

interface Round {
  /** First item of the recording. */
  readonly originMs: number;
  /** First item that was selected. */
  firstMs: number | undefined;
  latestMs: number;
  items: number;
  limitedByMs: number;
}

const LONE_PAUSE_MS = 1000;

export function createTimeline({ speed, from, to, limitGapMs = Number.POSITIVE_INFINITY }: TimelineRules): Timeline {
  const figures = {
    ...{ items: 0, firstAtMs: undefined as number | undefined, lastAtMs: undefined as number | undefined },
    ...{ outOfOrder: 0, largestStepBackMs: 0, gapsLimited: 0, limitedByMs: 0 },
  };
  let roundStartMs = 0;
  let round: Round | undefined;

  const due = (recordedMs: number): Placement => ({ type: 'due', dueMs: speed === 'max' ? 0 : recordedMs / speed });
  const begin = (originMs: number): Round => ({
    ...{ originMs, firstMs: undefined, latestMs: Number.NEGATIVE_INFINITY, items: 0, limitedByMs: 0 },
  });
  const place = (atMs: number | undefined): Placement => {
    if (atMs === undefined) {
      figures.items += 1;
      return { type: 'due', dueMs: undefined };
    }
    round ??= begin(atMs);
    if (!isSelected(atMs, round.originMs, from, to)) return { type: 'notSelected' };
    round.firstMs ??= atMs;
    const stepBackMs = Math.max(0, round.latestMs - atMs);
    const excessMs = round.items === 0 ? 0 : Math.max(0, atMs - round.latestMs - limitGapMs);
    round.latestMs = Math.max(round.latestMs, atMs);
    round.items += 1;
    round.limitedByMs += excessMs;
    figures.items += 1;
    figures.firstAtMs = Math.min(figures.firstAtMs ?? atMs, atMs);
    figures.lastAtMs = Math.max(figures.lastAtMs ?? atMs, atMs);
    figures.outOfOrder += Number(stepBackMs > 0);
    figures.largestStepBackMs = Math.max(figures.largestStepBackMs, stepBackMs);
    figures.gapsLimited += Number(excessMs > 0);
    figures.limitedByMs += excessMs;
    return due(roundStartMs + (round.latestMs - round.firstMs - round.limitedByMs));
  };
  const nextRound = (): void => {
    if (round?.firstMs !== undefined) {
      const spanMs = round.latestMs - round.firstMs - round.limitedByMs;
      const pauseMs = spanMs > 0 ? spanMs / (round.items - 1) : LONE_PAUSE_MS;
      roundStartMs += spanMs + Math.min(pauseMs, limitGapMs);
    }
    round = undefined;
  };
  return { place, nextRound, figures };
}

function isSelected(atMs: number, originMs: number, from: TimeBound | undefined, to: TimeBound | undefined): boolean {
  const isEarly = from !== undefined && atMs < boundMs(from, originMs);
  const isLate = to !== undefined && atMs >= boundMs(to, originMs);
  return !isEarly && !isLate;
}
