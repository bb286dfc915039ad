import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseTimeBound } from '../../../src/traffic/replay/time-bound.ts';
import { createTimeline, type TimelineRules } from '../../../src/traffic/replay/timeline.ts';

const PLAIN: TimelineRules = { speed: 1, from: undefined, to: undefined, limitGapMs: undefined };
const START = Date.UTC(2026, 0, 1);

const NOT_SELECTED = 'not selected';

function due(instants: readonly number[], rules: Partial<TimelineRules> = {}) {
  const timeline = createTimeline({ ...PLAIN, ...rules });
  const placed = instants.map((atMs) => {
    const placement = timeline.place(atMs);
    return placement.type === 'due' ? placement.dueMs : NOT_SELECTED;
  });
  return { placed, figures: timeline.figures };
}

/** Instants as a recording has them: whole microseconds, as milliseconds in a double. */
const micros = fc.integer({ min: 0, max: 4_000_000_000 }).map((value) => START + value / 1000);
const recording = fc.array(micros, { minLength: 1, maxLength: 60 });
const inOrder = recording.map((instants) => instants.toSorted((a, b) => a - b));
const speeds = fc.double({ min: 0.01, max: 1000, noNaN: true });
const limits = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });

describe('due times', () => {
  it('never go back, whatever the order, the speed and the limit of pauses', () => {
    fc.assert(
      fc.property(recording, speeds, limits, (instants, speed, limitGapMs) => {
        const placed = due(instants, { speed, limitGapMs }).placed.map(Number);
        expect(placed[0]).toBe(0);
        expect(placed).toEqual(placed.toSorted((a, b) => a - b));
      }),
    );
  });

  it('are counted from the start: what lies between the first and an item changes nothing', () => {
    fc.assert(
      fc.property(inOrder, speeds, (instants, speed) => {
        const [first = 0] = instants;
        const last = instants.at(-1) ?? 0;
        expect(due(instants, { speed }).placed.at(-1)).toBe((last - first) / speed);
        expect(due([first, last], { speed }).placed.at(-1)).toBe(due(instants, { speed }).placed.at(-1));
      }),
    );
  });

  it('are exactly half at twice the speed', () => {
    fc.assert(
      fc.property(recording, limits, (instants, limitGapMs) => {
        const [once, twice] = [1, 2].map((speed) => due(instants, { speed, limitGapMs }).placed.map(Number));
        expect(twice).toEqual(once?.map((ms) => ms / 2));
      }),
    );
  });

  it('keep microseconds over a day', () => {
    const instants = Array.from({ length: 86_401 }, (_, second) => Number(`${1_767_225_600 + second}123.457`));
    const { placed } = due(instants);
    expect(placed.every((ms, second) => ms === second * 1000)).toBe(true);
    expect(due([START, START + 0.001]).placed[1]).toBeCloseTo(0.001, 3);
  });

  it('with the speed max are now', () => {
    expect(due([START, START + 5000, START + 2000], { speed: 'max' }).placed).toEqual([0, 0, 0]);
  });

  it('are unknown without instants', () => {
    const timeline = createTimeline(PLAIN);
    expect(timeline.place(undefined)).toEqual({ type: 'due', dueMs: undefined });
    expect(timeline.figures).toMatchObject({ items: 1, firstAtMs: undefined, lastAtMs: undefined });
  });
});

describe('items out of order', () => {
  // Pairwise gaps took 76 s for a capture of 1.5 s.
  it('are due with the latest before them, and make the replay no longer', () => {
    const instants = Array.from({ length: 1000 }, (_, index) => START + (index % 2 === 0 ? index : index - 100));
    const { placed, figures } = due(instants);
    expect(placed.at(-1)).toBe(998);
    expect(figures).toMatchObject({ items: 1000, outOfOrder: 500, largestStepBackMs: 99 });
  });

  it('before the first one are due at the start', () => {
    const { placed, figures } = due([START, START - 3000, START + 10]);
    expect(placed).toEqual([0, 0, 10]);
    expect(figures).toMatchObject({ firstAtMs: START - 3000, lastAtMs: START + 10, largestStepBackMs: 3000 });
  });

  it('are counted, the largest step back among them', () => {
    fc.assert(
      fc.property(recording, (instants) => {
        const steps = instants.map((at, index) => Math.max(...instants.slice(0, index), at) - at);
        const { outOfOrder, largestStepBackMs } = due(instants).figures;
        expect(outOfOrder).toBe(steps.filter((step) => step > 0).length);
        expect(largestStepBackMs).toBe(Math.max(...steps));
      }),
    );
  });
});

describe('a limit of pauses', () => {
  it('shortens the longer ones by their excess, and what follows comes so much earlier', () => {
    const instants = [0, 1000, 61_000, 62_000, 72_001, 73_000].map((ms) => START + ms);
    const { placed, figures } = due(instants, { limitGapMs: 10_000 });
    expect(placed).toEqual([0, 1000, 11_000, 12_000, 22_000, 22_999]);
    expect(figures).toMatchObject({ gapsLimited: 2, limitedByMs: 50_001 });
  });

  it('is about recorded time: the speed comes after it', () => {
    const instants = [START, START + 60_000];
    expect(due(instants, { limitGapMs: 10_000, speed: 4 }).placed).toEqual([0, 2500]);
  });

  it('that no pause reaches changes nothing, and below it no pause is longer', () => {
    fc.assert(
      fc.property(recording, fc.integer({ min: 1, max: 100_000 }), (instants, limitGapMs) => {
        expect(due(instants, { limitGapMs: 4_000_000 }).placed).toEqual(due(instants).placed);
        const { placed, figures } = due(instants, { limitGapMs });
        const times = placed.map(Number);
        expect(times.every((ms, index) => index === 0 || ms - (times[index - 1] ?? 0) <= limitGapMs)).toBe(true);
        expect((times.at(-1) ?? 0) + figures.limitedByMs).toBe(due(instants).placed.at(-1));
      }),
    );
  });

  it('is not about the pause before an item that is not selected', () => {
    const rules = { limitGapMs: 10, from: parseTimeBound('10s') };
    expect(due([START, START + 20_000], rules)).toMatchObject({
      placed: [NOT_SELECTED, 0],
      figures: { limitedByMs: 0 },
    });
  });
});

describe('a part of a recording', () => {
  const instants = [0, 10, 20, 30].map((seconds) => START + seconds * 1000);

  test.each([
    ['10s', undefined, [NOT_SELECTED, 0, 10_000, 20_000]],
    [undefined, '20s', [0, 10_000, NOT_SELECTED, NOT_SELECTED]],
    ['2026-01-01T00:00:05Z', '2026-01-01T00:00:30Z', [NOT_SELECTED, 0, 10_000, NOT_SELECTED]],
    ['2026-01-01', '1d', [0, 10_000, 20_000, 30_000]],
    ['5s', '5s', Array.from({ length: 4 }, () => NOT_SELECTED)],
  ])('from %s to %s', (from, to, expected) => {
    const bound = (text: string | undefined) => (text === undefined ? undefined : parseTimeBound(text));
    expect(due(instants, { from: bound(from), to: bound(to) }).placed).toEqual(expected);
  });

  it('has every item once when the next part begins where it ends, in any order', () => {
    fc.assert(
      fc.property(recording, micros, (all, ms) => {
        const bound = { type: 'instant', ms } as const;
        const [before, after] = [due(all, { to: bound }), due(all, { from: bound })];
        expect(before.figures.items + after.figures.items).toBe(all.length);
        expect(before.figures.lastAtMs ?? 0).toBeLessThan(ms);
        expect(after.figures.firstAtMs ?? ms).toBeGreaterThanOrEqual(ms);
      }),
    );
  });

  it.each(['', 'yesterday', '10', '-5s', '2026-01-01T00:00:00'])('does not begin at "%s"', (text) => {
    expect(parseTimeBound(text)).toBeUndefined();
  });
});

describe('the next round', () => {
  const rounds = (instants: readonly number[], count: number, rules: Partial<TimelineRules> = {}) => {
    const timeline = createTimeline({ ...PLAIN, ...rules });
    return Array.from({ length: count }, () => {
      const placed = instants
        .map((atMs) => timeline.place(atMs))
        .map((at) => (at.type === 'due' ? at.dueMs : NOT_SELECTED));
      timeline.nextRound();
      return placed;
    });
  };

  it('begins one mean pause after the last item', () => {
    const instants = [START, START + 10, START + 40];
    expect(rounds(instants, 3, { speed: 2 })).toEqual([
      [0, 5, 20],
      [30, 35, 50],
      [60, 65, 80],
    ]);
  });

  it('takes the mean of pauses as they were shortened', () => {
    const instants = [START, START + 10, START + 60_010];
    expect(rounds(instants, 2, { limitGapMs: 30 })[1]).toEqual([60, 70, 100]);
  });

  it('begins a second later where there is one instant, and sooner where pauses have a limit', () => {
    expect(rounds([START], 3)).toEqual([[0], [1000], [2000]]);
    expect(rounds([START, START], 2)).toEqual([
      [0, 0],
      [1000, 1000],
    ]);
    expect(rounds([START], 2, { limitGapMs: 200 })).toEqual([[0], [200]]);
  });

  it('measures offsets from the first item again, and goes on after one in which nothing was selected', () => {
    expect(rounds([START, START + 10], 2, { from: parseTimeBound('5ms') })).toEqual([
      [NOT_SELECTED, 0],
      [NOT_SELECTED, 1000],
    ]);
    expect(rounds([START], 2, { from: parseTimeBound('5ms') })).toEqual([[NOT_SELECTED], [NOT_SELECTED]]);
  });
});
