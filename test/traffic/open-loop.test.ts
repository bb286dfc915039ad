import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { unpainted } from '../../src/output/paint.ts';
import { rateShortfall, trafficText } from '../../src/output/traffic.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { parseThreshold, type Threshold } from '../../src/traffic/thresholds.ts';
import { PROFILE, trafficStack } from './profiles.ts';
import { seed, shop } from './shop.ts';

function thresholds(...texts: readonly string[]): readonly Threshold[] {
  return texts.map((text) => parseThreshold(text) as Threshold);
}

function profileWith(part: string, capability = shop({}).capability) {
  return readProfile({ text: `${PROFILE}\n${part}\n`, file: 'orders.yaml', stack: trafficStack(capability) }).profile;
}

test.concurrent('events leave when they are due, and waiting for a service that is held up is a part of the response', async () => {
  let held: Promise<unknown> | undefined;
  const { capability } = shop({
    beforeSend: async () => {
      held ??= new Promise((resolve) => setTimeout(resolve, 400));
      await held;
    },
  });
  const report = await seed(capability, { ratePerS: 200, count: 200 });
  expect(report).toMatchObject({ loop: 'open', ended: 'count', acked: 200, verified: true, mostInFlight: 2 });
  // Event 0 waited for all of it; about 80 of the 200 were due meanwhile, and could not leave.
  expect(report.responseMs?.max).toBeGreaterThanOrEqual(395);
  expect(report.responseMs?.p90).toBeGreaterThanOrEqual(250);
  expect(report.latenessMs?.max).toBeGreaterThanOrEqual(300);
  expect(report.durationMs).toBeGreaterThanOrEqual(990);
  expect(trafficText(report)).toMatch(/due to acknowledged[\s\S]*sent to acknowledged[\s\S]*due to sent/);
});

test.concurrent('a closed loop says so, and has no lateness', async () => {
  const report = await seed(shop({}).capability);
  expect(report).toMatchObject({ loop: 'closed', latenessMs: null, askedRatePerS: null, achievedPercent: null });
  expect(report.serviceMs).toEqual(report.responseMs);
  expect(trafficText(report)).toContain('closed loop: the next batch is sent when an earlier one is answered');
});

test.concurrent('a duration ends the sending, in either loop, and what was sent is verified', async () => {
  const open = await seed(shop({}).capability, { count: undefined, durationMs: 300, ratePerS: 100 });
  // Due after 0, 10, … 290 ms.
  expect(open).toMatchObject({ ended: 'duration', count: null, asked: 30, acked: 30, verified: true, verdict: 'pass' });
  const closed = await seed(shop({}).capability, { count: undefined, durationMs: 50 });
  expect(closed).toMatchObject({ ended: 'duration', count: null, verified: true, loop: 'closed' });
  expect(closed.asked).toBeGreaterThan(10);
  const both = await seed(shop({}).capability, { count: 5, durationMs: 60_000, ratePerS: 1000 });
  expect(both).toMatchObject({ ended: 'count', asked: 5 });
});

test.concurrent('a shape that has no more events ends the run', async () => {
  const profile = profileWith('arrival: { shape: { ramp: { from: 1, to: 0, over: 200ms } } }');
  const report = await seed(shop({}).capability, { profile, ratePerS: 100, count: 50 });
  expect(report).toMatchObject({ ended: 'shape', asked: 10, verified: true });
});

test.concurrent('an interrupt drains: what is on its way is waited for, and everything is read back', async () => {
  const interrupted = new StackctlError('E_INTERRUPTED', 'interrupted');
  // A machine that is busy looks seldom.
  const text = PROFILE.replace('settle: 200ms', 'settle: 10s');
  const patient = readProfile({ text, file: 'orders.yaml', stack: trafficStack(shop({}).capability) }).profile;
  const run = async (untilStopped: boolean, reason = interrupted) => {
    const stop = new AbortController();
    const { capability } = shop({
      beforeSend: async ([first]) => {
        if ((first?.sequence ?? 0) >= 20) stop.abort(reason);
        await new Promise((resolve) => setTimeout(resolve, 30));
      },
      // Late, so that a single look would not find it.
      lateBy: 3,
    });
    return seed(capability, { profile: patient, count: undefined, untilStopped, ratePerS: 500, signal: stop.signal });
  };
  expect(await run(true)).toMatchObject({ ended: 'stopped', interrupted: false, verified: true, verdict: 'pass' });
  expect(await run(false)).toMatchObject({
    ended: 'stopped',
    interrupted: true,
    verdict: 'inconclusive',
    stores: [{ missing: 0 }],
  });
});

test.concurrent('whoever has enough ends the sending as its normal end, and hears of every outcome until then', async () => {
  const enough = new AbortController();
  const heard: string[] = [];
  const notes: string[] = [];
  const { capability } = shop({
    beforeSend: async ([first]) => {
      if ((first?.sequence ?? 0) >= 20) enough.abort();
    },
  });
  const report = await seed(capability, {
    ...{ count: undefined, untilStopped: true, ratePerS: 500, enough: enough.signal },
    emit: (event) => void (event.type === 'note' && notes.push(event.text)),
    watch: (run) => (sequence, outcome) => void heard.push(`${run} ${sequence} ${outcome.type}`),
  });
  expect(report).toMatchObject({ ended: 'stopped', interrupted: false, verdict: 'pass' });
  expect(report.acked).toBeGreaterThanOrEqual(20);
  expect(heard.toSorted()).toEqual(
    Array.from({ length: report.acked }, (_, sequence) => `${report.run} ${sequence} acked`).toSorted(),
  );
  expect(notes).toEqual([]);
});

test.concurrent('thresholds of the profile and of the run decide beside the stores', async () => {
  const profile = profileWith('thresholds: ["rate.achieved > 0%"]');
  const well = await seed(shop({}).capability, {
    ...{ profile, ratePerS: 1000, count: 50 },
    thresholds: thresholds('reconcile.missing==0', 'errors.rate<1%'),
  });
  expect(well.thresholds.map(({ threshold, passed }) => [threshold, passed])).toEqual([
    ['rate.achieved > 0%', true],
    ['reconcile.missing==0', true],
    ['errors.rate<1%', true],
  ]);
  expect(well.verdict).toBe('pass');
  const badly = await seed(shop({}).capability, { thresholds: thresholds('errors.rejected>5') });
  expect(badly).toMatchObject({
    verified: true,
    verdict: 'fail',
    reasons: ['the threshold errors.rejected>5 was not met: 0'],
  });
  expect(unpainted(trafficText(badly))).toContain(
    'FAILED: all 95 acknowledged events were read back once, but the threshold errors.rejected>5 was not met: 0',
  );
  // What was not measured is not met and not missed.
  const unknown = await seed(shop({}).capability, { thresholds: thresholds('lateness.p99<1s') });
  expect(unknown).toMatchObject({
    verdict: 'inconclusive',
    reasons: ['nothing was measured that the threshold lateness.p99<1s could be held against'],
  });
});

test.concurrent('a rate that is not reached is told with how much of it was', async () => {
  const slow = shop({ beforeSend: () => new Promise((resolve) => setTimeout(resolve, 20)) });
  const report = await seed(slow.capability, { ratePerS: 50_000, count: 200 });
  expect(report.askedRateReached).toBe(false);
  expect(report.achievedPercent).toBeLessThan(50);
  expect(rateShortfall(report)).toContain(`${report.achievedPercent} % of it`);
});

test.concurrent('how it goes is told while it goes', async () => {
  const events: ProgressEvent[] = [];
  await seed(shop({}).capability, { ratePerS: 200, count: 250, emit: (event) => void events.push(event) });
  const details = events.flatMap((event) =>
    event.type === 'step' && event.state === 'progress' ? [event.detail] : [],
  );
  expect(details.length).toBeGreaterThan(3);
  // Ten times a second at most.
  expect(details.length).toBeLessThanOrEqual(14);
  expect(details.at(-1)).toMatch(
    /^\d+ acknowledged, 200\/s asked, \d+\/s sent, p50 [\d.]+, p99 [\d.]+, p99\.9 [\d.]+ ms, \d+ in flight$/,
  );
});

test.concurrent.each([undefined, 500])(
  'a sink that throws ends the run with its error, at a rate of %s',
  async (ratePerS) => {
    const { capability, sent } = shop({
      beforeSend: ([first]) => {
        if ((first?.sequence ?? 0) >= 10) throw new Error('the sink is broken');
      },
    });
    await expect(seed(capability, { ratePerS, count: undefined, untilStopped: true })).rejects.toThrow(
      'the sink is broken',
    );
    expect(sent.length).toBeLessThan(100);
  },
);

test.concurrent('a repetition holds its place until it is answered, and takes nothing from the times', async () => {
  let sends = 0;
  const slow = shop({
    beforeSend: async () => {
      sends += 1;
      await new Promise((resolve) => setTimeout(resolve, 10));
    },
  });
  const stack = trafficStack(slow.capability);
  const text = PROFILE.replace('batch: 10', 'batch: 10\n  repeat: 1');
  const { profile } = readProfile({ text, file: 'orders.yaml', stack });
  const report = await seed(slow.capability, { profile, count: 60 });
  expect(report).toMatchObject({ repeated: 60, acked: 60, mostInFlight: 2 });
  expect(sends).toBe(12);
  expect(report.allInFlightMs).toBeGreaterThanOrEqual(0);
  expect(report.allInFlightMs).toBeLessThanOrEqual(report.durationMs);
});
