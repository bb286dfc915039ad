import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { type Phase, type PhaseReport, runPhases, verdictOf } from '../../src/smoke/phases.ts';
import { type PhaseResult, skipped } from '../../src/smoke/results.ts';

const PASS: PhaseResult = { verdict: 'pass', reasons: [], seen: 'well', data: null };

function phase(name: string, run: Phase['run'], rest: Partial<Phase> = {}): Phase {
  return { name, title: `do ${name}`, run, ...rest };
}

async function played(phases: readonly Phase[], signal = new AbortController().signal) {
  const events: ProgressEvent[] = [];
  const atTheEnd: string[][] = [];
  let now = 0;
  const reports = await runPhases(phases, {
    emit: (event) => events.push(event),
    signal,
    clock: { now: () => (now += 10) },
    shown: async (result) => ({ ...result, reasons: result.reasons.map((text) => text.replace('hunter2', '…')) }),
    beforeTheEnd: async (soFar) => {
      atTheEnd.push(soFar.map(({ phase: name }) => name));
    },
  });
  return { reports, events, atTheEnd };
}

/** How each phase ended, as it is told meanwhile. */
const ends = (events: readonly ProgressEvent[]) =>
  events.flatMap((event) =>
    event.type === 'step' && event.state !== 'start' ? [`${event.id} ${event.state}: ${event.detail}`] : [],
  );

const verdicts = (reports: readonly PhaseReport[]) => reports.map(({ phase: name, verdict }) => `${name} ${verdict}`);

test('phases run in their order, each with its time, and what explains a failure is kept only where there is one', async () => {
  const order: string[] = [];
  const note = (name: string) => async () => {
    order.push(name);
    return PASS;
  };
  const { reports, atTheEnd } = await played([
    phase('up', note('up'), { isFirst: true }),
    phase('health', note('health')),
    phase('down', note('down'), { isLast: true }),
  ]);
  expect(order).toEqual(['up', 'health', 'down']);
  expect(reports.map(({ durationMs }) => durationMs)).toEqual([10, 10, 10]);
  expect(verdictOf(reports)).toBe('pass');
  expect(atTheEnd).toEqual([]);
});

test('what may not be shown is neither in the report nor in what is told meanwhile', async () => {
  const { reports, events } = await played([
    phase('up', async () => PASS, { isFirst: true }),
    phase('traffic', async () => {
      throw new StackctlError('E_UNHEALTHY', 'refused: hunter2');
    }),
  ]);
  expect(reports[1]?.reasons).toEqual(['refused: …']);
  expect(JSON.stringify(events)).toContain('refused: …');
  expect(JSON.stringify(events)).not.toContain('hunter2');
});

test('a phase that fails keeps no other from being tried', async () => {
  const fails = async () => {
    throw new StackctlError('E_UNHEALTHY', 'not healthy: api', { details: { reasons: ['api: refused'] } });
  };
  const { reports, events, atTheEnd } = await played([
    phase('up', async () => PASS, { isFirst: true }),
    phase('health', fails),
    phase('traffic', async () => PASS),
    phase('down', async () => PASS, { isLast: true }),
  ]);
  expect(verdicts(reports)).toEqual(['up pass', 'health fail', 'traffic pass', 'down pass']);
  expect(ends(events)).toEqual([
    ...['smoke:up done: well', 'smoke:health failed: not healthy: api'],
    ...['smoke:traffic done: well', 'smoke:down done: well'],
  ]);
  expect(reports[1]?.reasons).toEqual(['not healthy: api', 'api: refused']);
  expect(verdictOf(reports)).toBe('fail');
  expect(atTheEnd).toEqual([['up', 'health', 'traffic']]);
});

test('where the first one fails only what it may have begun is ended', async () => {
  const { reports } = await played([
    phase(
      'up',
      async () => {
        throw new StackctlError('E_NOT_READY', 'api is not ready');
      },
      { isFirst: true },
    ),
    phase('health', async () => PASS),
    phase('down', async () => PASS, { isLast: true }),
  ]);
  expect(verdicts(reports)).toEqual(['up fail', 'health skipped', 'down pass']);
  expect(reports[1]?.reasons).toEqual(['not tried: up failed']);
});

test.each(['E_STACK_INVALID', 'E_NEEDS_CONFIRMATION', 'E_BINARY_MISSING', 'E_LOCKED'] as const)(
  '%s of the first one is no verdict but an error',
  async (code) => {
    const first = phase(
      'up',
      async () => {
        throw new StackctlError(code, 'nothing was started');
      },
      { isFirst: true },
    );
    await expect(played([first])).rejects.toMatchObject({ code });
  },
);

test('behind the first one such an error is a failure like any other', async () => {
  const { reports } = await played([
    phase('up', async () => PASS, { isFirst: true }),
    phase('restart', async () => {
      throw new StackctlError('E_LOCKED', 'another one is at work');
    }),
  ]);
  expect(verdicts(reports)).toEqual(['up pass', 'restart fail']);
});

test('after an interrupt only what cleans up is done', async () => {
  const controller = new AbortController();
  const { reports } = await played(
    [
      phase('up', async () => PASS, { isFirst: true }),
      phase('health', async () => {
        controller.abort();
        return PASS;
      }),
      phase('traffic', async () => PASS),
      phase('down', async () => PASS, { isLast: true }),
    ],
    controller.signal,
  );
  expect(verdicts(reports)).toEqual(['up pass', 'health pass', 'traffic skipped', 'down pass']);
});

test('the worst verdict counts, and where nothing passed nothing is proven', () => {
  const of = (...all: PhaseReport['verdict'][]) => verdictOf(all.map((verdict) => ({ verdict })));
  expect(of('pass', 'skipped')).toBe('pass');
  expect(of('pass', 'inconclusive')).toBe('inconclusive');
  expect(of('inconclusive', 'fail', 'pass')).toBe('fail');
  expect(of('skipped', 'skipped')).toBe('inconclusive');
  expect(of()).toBe('inconclusive');
});

test('what could not be judged is told apart from what failed', async () => {
  const { reports, events, atTheEnd } = await played([
    phase('traffic', async () => {
      throw new StackctlError('E_TRAFFIC_INCONCLUSIVE', 'nothing was acknowledged');
    }),
    phase('failover', async () => skipped('nothing fails over')),
    phase('down', async () => PASS, { isLast: true }),
  ]);
  expect(verdicts(reports)).toEqual(['traffic inconclusive', 'failover skipped', 'down pass']);
  expect(atTheEnd).toEqual([['traffic', 'failover']]);
  expect(ends(events)).toEqual([
    'smoke:traffic failed: nothing was acknowledged',
    'smoke:failover skipped: nothing fails over',
    'smoke:down done: well',
  ]);
});
