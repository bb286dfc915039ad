import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { drawn } from './drawn.ts';

/** The draws of the example of docs/traffic.md below a heading. */
async function exampleOf(heading: string): Promise<string> {
  const docs = await readFile(new URL('../../docs/traffic.md', import.meta.url), 'utf8');
  const [, draws] = docs.split(`\n### ${heading}\n`)[1]?.match(/```yaml\ndraw:\n([\s\S]*?)\n```/) ?? [];
  if (draws === undefined) return expect.unreachable(`no example below ${heading}`);
  return draws;
}

interface Visited {
  readonly visit: number;
  readonly page: string;
  readonly ms: number;
}

const visitsOf = (draws: string, count: number) =>
  drawn(draws, count, ['visit', 'page', 'at'], { epochMs: 0 }).map(
    ({ visit, page, at }) => ({ visit, page, ms: Date.parse(String(at)) }) as Visited,
  );

describe('late events of sessions', async () => {
  const draws = await exampleOf('Late and out of order');
  const late = visitsOf(draws, 10_000);
  const plain = visitsOf(draws.replace(/, late: \{.*?\}/, ''), 10_000);

  test('without late ones the times go up, and the steps of a session are as far apart as its turns', () => {
    expect(plain.every(({ ms }, index) => ms >= (plain[index - 1]?.ms ?? 0))).toBe(true);
    const last = new Map<number, number>();
    for (const { visit, ms } of plain) {
      const before = last.get(visit);
      if (before !== undefined && Math.abs(ms - before - 4000) > 20)
        expect.unreachable(`visit ${visit}: ${ms - before}`);
      last.set(visit, ms);
    }
  });

  test('are about as many as was asked for, back by up to so much, and the others are where they were', () => {
    // The place of an event in time is 20 ms long: the draws of another profile draw another part of it.
    const back = late.map(({ ms }, index) => index * 20 + 19 - ms);
    const taken = back.filter((ms) => ms > 19);
    expect(Math.min(...back)).toBeGreaterThanOrEqual(0);
    expect(taken.length / late.length).toBeCloseTo(0.02, 2);
    expect(Math.max(...taken)).toBeLessThanOrEqual(300_020);
    expect(taken.filter((ms) => ms > 150_000).length / taken.length).toBeCloseTo(0.5, 0);
    expect(late.map(({ visit }) => visit)).toEqual(plain.map(({ visit }) => visit));
  });

  test('lie before steps of their session that were sent earlier', () => {
    const latest = new Map<number, number>();
    let outOfOrder = 0;
    for (const { visit, ms } of late) {
      if (ms < (latest.get(visit) ?? Number.NEGATIVE_INFINITY)) outOfOrder += 1;
      latest.set(visit, Math.max(ms, latest.get(visit) ?? Number.NEGATIVE_INFINITY));
    }
    expect(outOfOrder).toBeGreaterThan(100);
  });
});

test('errors come by the weight of each tenant, with what belongs to them, also in late events of sessions', async () => {
  const draws = `${await exampleOf('Errors')}
  visit: { session: { steps: 4, atOnce: 10 } }
  at: { time: { every: 20ms, format: milliseconds, late: { share: 0.1, upTo: 1m } } }`;
  const events = drawn(draws, 40_000, ['reliability', 'status', 'error', 'visit', 'at']);
  const share = (all: typeof events) => all.filter(({ status }) => status === 500).length / all.length;
  for (const [reliability, wanted] of [
    ['good', 0.01],
    ['shaky', 0.2],
  ] as const) {
    const own = events.filter((event) => event.reliability === reliability);
    expect(share(own)).toBeCloseTo(wanted, 1);
    const late = own.filter(({ at }, index) => Number(at) < Number(own[index - 1]?.at ?? 0));
    expect(share(late)).toBeCloseTo(wanted, 1);
  }
  expect(events.every(({ status, error }) => (status === 500) === (error !== undefined))).toBe(true);
});
