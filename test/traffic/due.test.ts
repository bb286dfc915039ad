import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { TrafficEvent } from '../../src/stack/contract/traffic-event.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { eventsOf, planOf } from '../../src/traffic/operations.ts';
import { PROFILE, trafficStack } from './profiles.ts';
import { RUN_ID, seed, shop } from './shop.ts';

const DUE = PROFILE.replace('at: { time: { every: 20ms } }', 'at: { time: { due: true, format: milliseconds } }');
const ARRIVAL = 'arrival: { process: poisson, rate: 400/s, shape: { ramp: { from: 0.2, to: 1, over: 200ms } } }\n';

const read = (text: string, stack = trafficStack()) => readProfile({ text, file: 'orders.yaml', stack }).profile;

test('an event has the time at which it is due, whatever the pace of the run, and leaves then where that is the rate', async () => {
  const arrivals: number[] = [];
  const clock = { now: () => performance.now() };
  const startedAt = clock.now();
  const { capability, sent } = shop({ beforeSend: () => void arrivals.push(clock.now() - startedAt) });
  const profile = read(`${DUE}${ARRIVAL}`, trafficStack(capability));
  const atOf = ({ body }: TrafficEvent) => Number(body.at) - Date.UTC(2026, 0, 1);
  await seed(capability, { profile, count: 60, ratePerS: 400, clock });
  const times = sent.toSorted((a, b) => a.sequence - b.sequence).map(atOf);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  // No batch left before its last event was due.
  const last = Math.max(...times);
  expect(Math.max(...arrivals)).toBeGreaterThanOrEqual(last);
  const other = shop({});
  await seed(other.capability, { profile, count: 60 });
  expect(other.sent.toSorted((a, b) => a.sequence - b.sequence).map(atOf)).toEqual(times);
  const [eventAt] = eventsOf({
    profile,
    plan: planOf(profile),
    seed: 7,
    runId: RUN_ID,
    epochMs: Date.UTC(2026, 0, 1),
  }).of;
  expect([59, 3, 40].map((sequence) => eventAt && atOf(eventAt(sequence)))).toEqual([59, 3, 40].map((at) => times[at]));
});

test('an event that is never due has none, and without a rate of the profile nothing is', () => {
  const over = 'arrival: { rate: 10/s, shape: { points: [{ at: 0s, factor: 1 }, { at: 1s, factor: 0 }] } }\n';
  const profile = read(`${DUE}${over}`);
  const [eventAt] = eventsOf({ profile, plan: planOf(profile), seed: 1, runId: RUN_ID, epochMs: 0 }).of;
  expect([eventAt?.(0).body.at, eventAt?.(9).body.at]).toEqual([0, undefined]);
  expect(JSON.parse(eventAt?.(9).json ?? '')).toEqual(eventAt?.(9).body);
  const refused = (text: string): string => {
    try {
      read(text);
    } catch (error) {
      if (error instanceof StackctlError) return error.message;
      throw error;
    }
    return 'none';
  };
  const message = 'draw.at: is the time at which an event is due: the profile needs arrival.rate';
  expect(refused(DUE)).toContain(message);
  const nested = PROFILE.replace(
    '{ time: { every: 20ms } }',
    '{ stable: { of: kind, draw: { time: { due: true } } } }',
  );
  expect(refused(nested)).toContain(message);
  expect(refused(DUE.replace('due: true', 'due: false'))).toContain('draw.at.time.due: must be one of true');
});
