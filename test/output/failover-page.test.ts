import { describe, expect, it } from 'vitest';
import { lanesOf, pictureOf } from '../../src/failover/lanes.ts';
import { report } from '../../src/failover/report.ts';
import { failoverPage } from '../../src/output/failover-page/page.ts';
import { ticks } from '../../src/output/failover-page/picture.ts';
import { NASTY, DRAWN_RUN as observed } from '../support/drawn-run.ts';

const run = report(observed);
const page = failoverPage({
  report: { verdict: 'fail', runs: [run], refused: [{ scenario: 'packet-loss', reason: NASTY }], seed: 7 },
  pictures: [pictureOf(run, observed)],
  madeBy: 'stackctl 1.2.3',
});

describe('the lanes of a run', () => {
  const { from, to, lanes } = lanesOf(run, observed);

  it('are one for each server, each arbiter and the client, in the order of their numbers', () => {
    expect(lanes.map(({ name }) => name)).toEqual([
      'redis-1',
      'redis-2',
      'redis-3',
      'sentinel-1',
      'sentinel-10',
      'client',
    ]);
  });

  it('have times after the fault, from two seconds before it or the first write on', () => {
    expect(from).toBe(5 - 801);
    expect(to).toBe(1601 - 801);
    expect(lanes[0]?.bars[0]).toMatchObject({ look: 'master', from: -801, to: 0 });
    expect(lanes[3]?.marks.map(({ at, isPhase }) => [at, isPhase])).toEqual([
      [99, true],
      [299, true],
    ]);
  });

  it('show lost writes at the server that acknowledged them', () => {
    expect(lanes[0]?.bars.filter(({ look }) => look === 'lost')).toMatchObject([{ from: 0, to: 0, height: 1 }]);
    expect(lanes[1]?.bars.filter(({ look }) => look === 'lost')).toEqual([]);
  });

  it('and in the lanes of those who wrote them', () => {
    expect(lanes.at(-1)?.bars.filter(({ look }) => look === 'lost')).toHaveLength(1);
    const { history, stats } = observed;
    const values = history.flatMap(({ value, outcome }) => (outcome === 'acked' && value !== 3 ? [value] : []));
    const client = { name: 'its', history, finalRead: { node: 'redis-1', values }, stats, ratePerS: 250 };
    const told = { ...observed, clients: [client] };
    const its = lanesOf(report(told), told).lanes.at(-1);
    const lost = its?.bars.filter(({ look }) => look === 'lost') ?? [];
    expect(lost).toHaveLength(1);
    expect(lost[0]?.title).toContain('(1 lost)');
    expect(lost[0]?.from).toBeLessThanOrEqual(3 * 4 - 801);
  });

  it('show every write of the stretch in the lane of the client', () => {
    const told = new Set(lanes.at(-1)?.bars.map(({ title }) => title));
    const sum = (word: string) =>
      [...told].reduce((total, title) => total + Number(new RegExp(`(\\d+) ${word}`).exec(title)?.[1]), 0);
    expect([sum('acked'), sum('failed'), sum('unknown')]).toEqual([299, 100, 0]);
  });
});

describe('the page', () => {
  it('needs nothing else', () => {
    const places = [...page.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)|https?:[^\s"'<)]*/g)].map(([all]) => all);
    expect(places.filter((place) => !/#(run|stretch)-\d|www\.w3\.org\/2000\/svg/.test(place))).toEqual([]);
    expect(page).not.toMatch(/<link|@import/);
  });

  it('shows any text as text', () => {
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page.match(/&#60;script&#62;alert/g)?.length).toBeGreaterThan(3);
  });

  it('closes what it opens', () => {
    for (const tag of ['section', 'table', 'svg', 'figure', 'div', 'ul', 'g', 'main', 'tbody', 'rect', 'line']) {
      const opened = page.match(new RegExp(`<${tag}(?=[ >])[^>]*[^/]>|<${tag}>`, 'g'))?.length ?? 0;
      expect({ tag, closed: page.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0 }).toEqual({ tag, closed: opened });
    }
  });

  it('has a lane and a row for each client', () => {
    const { history, finalRead, stats } = observed;
    const client = { name: NASTY, title: `x ${NASTY}`, history, finalRead, stats, ratePerS: 100 };
    const told = { ...observed, clients: [client, { ...client, name: 'exec:y', title: undefined }] };
    const judged = report(told);
    expect(
      lanesOf(judged, told)
        .lanes.map(({ name }) => name)
        .slice(-3),
    ).toEqual(['client', NASTY, 'exec:y']);
    const shown = failoverPage({
      report: { verdict: 'fail', runs: [judged] },
      pictures: [pictureOf(judged, told)],
      madeBy: 'stackctl 1.2.3',
    });
    expect(shown).toContain('<h3>Clients</h3>');
    expect(shown).toContain('<th scope="row">exec:y</th>');
    expect(shown).not.toContain('<script>alert');
    expect(page).not.toContain('<h3>Clients</h3>');
  });

  it('has the figures, the latencies, what was lost and what has to hold, without a script', () => {
    for (const text of [
      'values',
      'before the outage',
      'no phantom',
      'two masters',
      'packet-loss',
      'seed 7',
      'stackctl 1.2.3',
    ]) {
      expect(page).toContain(text);
    }
  });
});

it('an axis has at most ten round numbers, all of them within', () => {
  for (const [from, to] of [
    [-2000, 15_000],
    [0, 7],
    [-796, 800],
    [-2000, 3_600_000],
  ] as const) {
    const found = ticks(from, to);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(11);
    expect(found.every((time) => time >= from && time <= to)).toBe(true);
  }
});
