import fc from 'fast-check';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import type { SendOutcome } from '../../../src/stack/contract/traffic.ts';
import { hdrLog } from '../../../src/traffic/measure/hdr-log.ts';
import { createTimes } from '../../../src/traffic/measure/histogram.ts';
import { createMeasure } from '../../../src/traffic/measure/measure.ts';
import { createSeries } from '../../../src/traffic/measure/series.ts';

const ACKED: SendOutcome = { type: 'acked' };
const REFUSED: SendOutcome = { type: 'rejected', reason: 'no' };

test('a percentile is that of the times, to three digits', () => {
  const ms = fc.double({ min: 0.001, max: 100_000, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(ms, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(50, 90, 99, 99.9, 100),
      (all, percent) => {
        const times = createTimes();
        for (const one of all) times.add(one);
        const sorted = all.map((one) => Math.round(one * 1000) / 1000).toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length - 1e-9) - 1)] ?? 0;
        expect(Math.abs((times.at(percent) ?? -1) - exact)).toBeLessThanOrEqual(exact * 0.0061 + 0.0005);
        expect(times.percentiles()?.max).toBe(Number((sorted.at(-1) ?? 0).toPrecision(3)));
      },
    ),
  );
});

test('nothing measured has no percentiles; a timer may be early, and an hour is the most', () => {
  const times = createTimes();
  expect([times.at(50), times.percentiles()]).toEqual([undefined, undefined]);
  times.add(-0.3);
  expect(times.at(100)).toBe(0);
  times.add(10_000_000, 3);
  expect(times.percentiles()).toMatchObject({ p50: 3_600_000, max: 3_600_000, count: 4 });
});

test('waiting in line is a part of the response, not of the service', () => {
  const measure = createMeasure(2);
  const batch = { sequence: 0, sentMs: 30, dueMs: [10, 20, 30] };
  measure.sent(batch, 3);
  measure.answered(batch, [ACKED, REFUSED, ACKED], 40);
  expect(measure.lateness.percentiles()).toMatchObject({ count: 3, max: 20, p50: 10 });
  expect(measure.service.percentiles()).toMatchObject({ count: 2, p50: 10, max: 10 });
  // What was refused has no time of an acknowledgement.
  expect(measure.response.percentiles()).toMatchObject({ count: 2, p50: 10, max: 30 });
  expect(measure.series.intervals()).toMatchObject([{ sent: 3, acked: 2, rejected: 1, unknown: 0 }]);
});

test('what is sent once more holds the place of its batch, and has no part in the times', () => {
  const measure = createMeasure(1);
  const batch = { sequence: 0, sentMs: 10, dueMs: undefined };
  measure.sent(batch, 1);
  measure.answered(batch, [ACKED], 15, 40);
  expect(measure.service.percentiles()).toMatchObject({ max: 5 });
  expect(measure.meter).toMatchObject({ fullMs: 30, inFlight: 0 });
});

test('in a closed loop an event is due when it is sent', () => {
  const measure = createMeasure(2);
  const batch = { sequence: 0, sentMs: 30, dueMs: undefined };
  measure.sent(batch, 2);
  measure.answered(batch, [ACKED, ACKED], 45);
  expect(measure.response.percentiles()).toEqual(measure.service.percentiles());
  expect(measure.response.percentiles()).toMatchObject({ count: 2, p50: 15 });
  expect(measure.lateness.percentiles()).toBeUndefined();
});

test('a long run loses no event of its course, in as many intervals as a short one', () => {
  const [series, seconds] = [createSeries(), 5000];
  for (let second = 0; second < seconds; second++) {
    series.add(second * 1000 + 1, 'sent', 2);
    series.responded(second * 1000 + 500, second, 1);
  }
  const intervals = series.intervals();
  expect(intervals.length).toBeLessThanOrEqual(240);
  expect(intervals.reduce((sum, { sent }) => sum + sent, 0)).toBe(2 * seconds);
  expect(intervals.reduce((sum, { times }) => sum + times.count, 0)).toBe(seconds);
  for (const { startMs, lengthMs, sent } of intervals.slice(0, -1))
    expect({ startMs, sent }).toEqual({ startMs, sent: (2 * lengthMs) / 1000 });
});

test('the log is one that other tools read', () => {
  const series = createSeries();
  series.responded(100, 5, 3);
  series.responded(2100, 7.5, 1);
  const lines = hdrLog(series.intervals(), Date.UTC(2026, 0, 1)).split('\n');
  expect(lines.slice(0, 2)).toEqual([
    '#[Histogram log format version 1.3]',
    '#[StartTime: 1767225600.000 (seconds since epoch), 2026-01-01T00:00:00.000Z]',
  ]);
  const [first = '', second = '', ...rest] = lines.filter((line) => /^\d/.test(line));
  expect(rest).toEqual([]);
  expect([first, second].map((line) => line.split(',').slice(0, 2))).toEqual([
    ['0.000', '1.000'],
    ['2.000', '1.000'],
  ]);
  const decoded = decodeFromCompressedBase64(first.split(',')[3] ?? '');
  expect([decoded.totalCount, decoded.maxValue]).toEqual([3, 5003]);
});
