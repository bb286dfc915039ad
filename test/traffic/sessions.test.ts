import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { drawn, drawsAt, profileOf } from './drawn.ts';

test('sessions take turns, each has all of its steps, and the next ones follow', () => {
  const events = drawn('  visit: { session: { steps: 3, atOnce: 2 } }\n  at: { step: visit }', 8, ['visit', 'at']);
  expect(events.map(({ visit, at }) => [visit, at])).toEqual([
    [1, 0],
    [2, 0],
    [1, 1],
    [2, 1],
    [1, 2],
    [2, 2],
    [3, 0],
    [4, 0],
  ]);
});

const WALK =
  '  page: { walk: { of: visit, start: home, next: { home: { list: 3, leave: 1 }, list: { home: 1, leave: 1 }, leave: {} } } }';

test('a walk goes where its weights lead, and begins anew behind its end', () => {
  const events = drawn(`  visit: { session: { steps: 20, atOnce: 7 } }\n${WALK}`, 70_000, ['visit', 'page']);
  const steps = new Map<string, number>();
  const last = new Map<unknown, string>();
  for (const { visit, page } of events as { visit: number; page: string }[]) {
    const before = last.get(visit);
    const key = before === undefined ? `begin ${page}` : `${before} ${page}`;
    steps.set(key, (steps.get(key) ?? 0) + 1);
    last.set(visit, page);
  }
  expect([...steps.keys()].toSorted()).toEqual([
    'begin home',
    'home leave',
    'home list',
    'leave home',
    'list home',
    'list leave',
  ]);
  const share = (one: string, other: string) =>
    (steps.get(one) ?? 0) / ((steps.get(one) ?? 0) + (steps.get(other) ?? 0));
  expect(share('home list', 'home leave')).toBeCloseTo(0.75, 1);
  expect(share('list home', 'list leave')).toBeCloseTo(0.5, 1);
});

test('an event of a session is known without those before it, and other seeds walk otherwise', () => {
  const draw = `  visit: { session: { steps: 20, atOnce: 7 } }\n${WALK}`;
  const all = drawn(draw, 500, ['page']).map(({ page }) => page);
  expect(drawn(draw, 100, ['page']).map(({ page }) => page)).toEqual(all.slice(0, 100));
  const eventAt = drawsAt(draw, ['page']);
  const backwards = Array.from({ length: 500 }, (_, index) => eventAt(499 - index).page);
  expect(backwards.toReversed()).toEqual(all);
  expect(drawn(draw, 500, ['page'], { seed: 2 }).map(({ page }) => page)).not.toEqual(all);
});

test('a share of the events is late by up to so much, and the run knows how far back that goes', () => {
  const late = 'late: { share: 0.2, upTo: 10s }';
  const plain = drawn('  at: { time: { every: 1ms, format: milliseconds } }', 20_000, ['at']);
  const some = drawn(`  at: { time: { every: 1ms, format: milliseconds, ${late} } }`, 20_000, ['at']);
  const shifts = some.map(({ at }, index) => Number(plain[index]?.at) - Number(at)).filter((shift) => shift > 1);
  expect(shifts.length / 20_000).toBeCloseTo(0.2, 1);
  expect(Math.max(...shifts)).toBeLessThanOrEqual(10_001);
  expect(shifts.reduce((sum, shift) => sum + shift, 0) / shifts.length).toBeCloseTo(5000, -3);
});

test.each([
  ['  at: { step: visit }', /draw\.at\.step: nothing before it is drawn as "visit"/],
  [
    '  visit: { integer: { min: 1, max: 2 } }\n  at: { step: visit }',
    /draw\.at\.step: "visit" is no session: draw it by the rule session/,
  ],
  [
    '  visit: { session: { steps: 2 } }\n  page: { walk: { of: visit, start: hom, next: { home: {} } } }',
    /draw\.page\.walk\.start: there is no state "hom" in next.*did you mean "?home/,
  ],
  [
    '  visit: { session: { steps: 2 } }\n  page: { walk: { of: visit, start: home, next: { home: { list: 1 } } } }',
    /draw\.page\.walk\.next\.home\.list: there is no state "list" in next; one that ends a visit is written with \{\}/,
  ],
  ['  visit: { session: { steps: 0 } }', /draw\.visit\.session\.steps/],
])('%s is a mistake with its place', (draw, message) => {
  try {
    profileOf(draw);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/orders\.yaml:\d+:\d+ /);
  }
});
