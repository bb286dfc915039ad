import { describe, expect, test } from 'vitest';
import { escaped } from '../../src/output/page/markup.ts';
import { type Chart, chartMarkup } from '../../src/output/traffic-page/chart.ts';
import { trafficPage } from '../../src/output/traffic-page/page.ts';
import { NASTY } from '../support/drawn-run.ts';
import { drawnTraffic } from '../support/drawn-traffic.ts';

const page = trafficPage({ summary: drawnTraffic(), madeBy: 'stackctl 1.2.3' });

describe('the page of a run', () => {
  test('tells its verdict, its course and what the stores hold', () => {
    for (const text of [
      '>fail<',
      'Events per second',
      'from the instant an event was due',
      'Not acknowledged',
      'p99&#60;50ms',
      'asked for',
      'Answers from a cache',
      'Hit ratio in percent',
    ])
      expect(page).toContain(text);
    expect(page).toContain('1890 acknowledged and not in table');
    expect(page.match(/<svg class="chart"/g)).toHaveLength(4);
  });

  test('holds what servers say as text only', () => {
    expect(page).not.toContain(NASTY);
    expect(page).toContain(escaped(NASTY));
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });
});

describe('a chart', () => {
  const chart = (values: readonly (number | null)[], scale: Chart['scale'] = 'linear'): string =>
    chartMarkup({
      ...{ title: 'Events', unit: 'per second', scale },
      intervals: values.map((_, index) => ({ startMs: index * 1000, lengthMs: 1000 })),
      curves: [{ name: 'sent', look: 'first', values }],
    });
  const lines = (markup: string) =>
    [...markup.matchAll(/points="([^"]*)"/g)].map(([, points = '']) => points.split(' '));
  const heights = (markup: string) =>
    lines(markup)
      .flat()
      .map((point) => Number(point.split(',')[1]));

  test('has no line where nothing was measured, and a dot for a single interval', () => {
    const markup = chart([1, 2, null, 3, null, 4, 5, 6]);
    expect(lines(markup).map((points) => points.length)).toEqual([2, 3]);
    expect(markup.match(/<circle class="dot first"/g)).toHaveLength(1);
    expect(markup).toContain('2 s\nsent –');
  });

  test.each(['linear', 'powers'] as const)('is higher for more: %s', (scale) => {
    const found = heights(chart([0.2, 1, 30, 400, 5000], scale));
    expect(found).toEqual(found.toSorted((a, b) => b - a));
    expect(Math.min(...found)).toBeGreaterThanOrEqual(12);
    expect(Math.max(...found)).toBeLessThanOrEqual(212);
  });

  test('of nothing at all is drawn too', () => {
    for (const values of [[], [0], [null, null], [0, 0, 0]] as const)
      for (const scale of ['linear', 'powers'] as const) expect(chart(values, scale)).not.toMatch(/NaN|Infinity/);
  });

  test('of days has few labels', () => {
    const markup = chartMarkup({
      ...{ title: 'Events', unit: 'per second', scale: 'linear' },
      intervals: Array.from({ length: 200 }, (_, index) => ({ startMs: index * 8_192_000, lengthMs: 8_192_000 })),
      curves: [{ name: 'sent', look: 'first', values: Array.from({ length: 200 }, () => 1) }],
    });
    expect(markup.match(/<text [^>]*>\d+ s</g)?.length).toBeLessThanOrEqual(12);
  });
});
