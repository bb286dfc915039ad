import { expect, test } from 'vitest';
import type { SendOutcome } from '../../../src/stack/contract/traffic.ts';
import type { DueItem, ReadingSummary } from '../../../src/traffic/replay/read-replay.ts';
import { replayReport } from '../../../src/traffic/replay/replay-report.ts';
import { type ReplayRun, runReplay } from '../../../src/traffic/replay/run-replay.ts';
import { parseThreshold, type Threshold } from '../../../src/traffic/thresholds.ts';

const ACKED: SendOutcome = { type: 'acked' };

async function* itemsAt(...dueMs: readonly number[]): AsyncGenerator<DueItem> {
  for (const [sequence, due] of dueMs.entries())
    yield {
      sequence,
      dueMs: due,
      item: { line: 1, atMs: due, request: { type: 'event', body: { sequence } } },
    };
}

function replay(change: Partial<ReplayRun>) {
  return runReplay({
    items: itemsAt(0, 10, 20),
    send: async () => ACKED,
    dueOf: ({ dueMs }) => dueMs,
    inFlight: 4,
    title: 'replay',
    clock: performance,
    emit: () => undefined,
    stop: new AbortController().signal,
    untilStopped: false,
    ...change,
  });
}

const READING: ReadingSummary = {
  ...{ items: 3, firstAtMs: 0, lastAtMs: 20, outOfOrder: 0, largestStepBackMs: 0, gapsLimited: 0, limitedByMs: 0 },
  ...{ format: 'jsonl', rounds: 1, leftOut: [], cutOffLines: 0, withoutCredentials: 0 },
};

async function reported(change: Partial<ReplayRun>, thresholds: readonly string[] = []) {
  const replayed = await replay(change);
  return replayReport({
    ...replayed,
    ...{ file: 'a.jsonl', service: 'api', speed: 1, ratePerS: undefined, inFlight: 4, recording: READING },
    interrupted: replayed.ended === 'stopped',
    thresholds: thresholds.map((text) => parseThreshold(text) as Threshold),
  });
}

test.concurrent('requests leave when they are due, in their order', async () => {
  const startedAt = performance.now();
  const sent: [number, number][] = [];
  const report = await reported({
    items: itemsAt(0, 50, 50, 120),
    send: async (_, sequence) => {
      sent.push([sequence, performance.now() - startedAt]);
      return ACKED;
    },
  });
  expect(sent.map(([sequence]) => sequence)).toEqual([0, 1, 2, 3]);
  for (const [index, due] of [0, 50, 50, 120].entries()) expect(sent[index]?.[1]).toBeGreaterThanOrEqual(due);
  // So no answer takes longer than it seems to whoever waits for it.
  expect(report.responseMs?.p50).toBeGreaterThanOrEqual(report.serviceMs?.p50 ?? 0);
  expect(report).toMatchObject({ asked: 4, acked: 4, loop: 'open', ended: 'end', verdict: 'pass', reasons: [] });
  expect(report.durationMs).toBeGreaterThanOrEqual(119);
});

test.concurrent('no more are on their way than may be, and what waits for that is late', async () => {
  let [now, most] = [0, 0];
  const report = await reported({
    items: itemsAt(0, 0, 0, 0, 0, 0),
    inFlight: 2,
    send: async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now -= 1;
      return ACKED;
    },
  });
  expect(most).toBe(2);
  expect(report).toMatchObject({ mostInFlight: 2, acked: 6 });
  expect(report.responseMs?.max).toBeGreaterThanOrEqual(85);
});

test.concurrent('without instants the next one is sent when there is room: a closed loop', async () => {
  expect(await reported({ dueOf: () => undefined })).toMatchObject({ loop: 'closed', latenessMs: null, acked: 3 });
});

test.concurrent('an interrupt waits for what is on its way, and closes the recording', async () => {
  const stop = new AbortController();
  let isClosed = false;
  async function* items(): AsyncGenerator<DueItem> {
    try {
      yield* itemsAt(0, 1, 60_000);
    } finally {
      isClosed = true;
    }
  }
  const report = await reported({
    items: items(),
    stop: stop.signal,
    send: async (_, sequence) => {
      if (sequence === 1) stop.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return ACKED;
    },
  });
  expect(report).toMatchObject({ asked: 2, acked: 2, ended: 'stopped', interrupted: true, verdict: 'inconclusive' });
  expect(isClosed).toBe(true);
});

test.concurrent('a mistake in the recording ends the replay, after what is on its way', async () => {
  let answered = 0;
  async function* items(): AsyncGenerator<DueItem> {
    yield* itemsAt(0, 0);
    throw new Error('line 3 is none');
  }
  const send = async (): Promise<SendOutcome> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    answered += 1;
    return ACKED;
  };
  await expect(replay({ items: items(), send })).rejects.toThrow('line 3 is none');
  expect(answered).toBe(2);
});

test.concurrent('what came of it decides: nothing acknowledged proves nothing, a threshold that is missed fails', async () => {
  const refuse = async (): Promise<SendOutcome> => ({ type: 'rejected', reason: 'HTTP 404' });
  expect(await reported({ send: refuse })).toMatchObject({
    verdict: 'inconclusive',
    reasons: ['nothing was acknowledged'],
    refusals: [{ outcome: 'rejected', reason: 'HTTP 404', count: 3 }],
  });
  expect(await reported({}, ['p99<1us'])).toMatchObject({ verdict: 'fail' });
  expect(await reported({}, ['reconcile.missing==0'])).toMatchObject({ verdict: 'inconclusive' });
  expect(await reported({ items: itemsAt() })).toMatchObject({ reasons: ['the recording has nothing that was sent'] });
});
