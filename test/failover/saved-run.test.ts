import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeAgain } from '../../src/failover/failover-test.ts';
import { report } from '../../src/failover/report.ts';
import type { Observations } from '../../src/failover/run-report.ts';
import { endOf, readRun } from '../../src/failover/saved-run.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';
import { OBSERVED_RUN } from '../support/observed-run.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-saved-runs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (value: number, part: Partial<WriteRecord> = {}): WriteRecord => {
  const at = value * 4;
  return { value, intended: at, invoked: at + 0.25, completed: at + 1, outcome: 'acked', node: 'redis-1', ...part };
};

const after: WriteRecord[] = [
  { ...write(201, { outcome: 'failed', error: 'no master known' }), node: undefined as never },
  write(202, { node: 'redis-2', noneAt: 700.5 }),
];

const observed: Observations = {
  ...OBSERVED_RUN,
  history: [...Array.from({ length: 200 }, (_, index) => write(index + 1)), ...after],
  events: [
    { at: 803, source: 's-1', name: '+sdown', text: 'master m', phase: 'detected', primary: undefined },
    { at: 806, source: 's-1', name: '+switch-master', text: 'm h 1 h 2', phase: 'switched', primary: 'redis-2' },
    { at: 807, source: 's-1', name: '+slave', text: '', phase: undefined, primary: undefined },
  ],
  fault: { what: 'kill redis-1', calledAt: 801, returnedAt: 802, seen: { source: 'k', notYetAt: 801, seenAt: 802 } },
  finalRead: { node: 'redis-2', values: [...Array.from({ length: 199 }, (_, index) => index + 1), 202] },
  stats: { sent: 202, sentRatePerS: 249.9, late: 0, eventLoopLagMaxMs: 1.26 },
};

const asked = { what: 'hand redis-1 over (express)', calledAt: 801, returnedAt: 801 };

const linesOf = ({ history, ...rest }: Observations): string[] =>
  [...history, endOf({ ...rest, history })].map((line) => JSON.stringify(line));

function saved(lines: readonly string[]): string {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.ndjson`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

describe('a saved run', () => {
  it('is judged as it was, without its servers, and by other limits', async () => {
    const path = saved(linesOf(observed));
    const again = await readRun(path);
    const asBefore = report({ ...observed, historyFile: path });
    expect(asBefore).toMatchObject({ verdict: 'fail', lost: 1, lostValues: [200] });
    expect(judgeAgain([again], {})).toEqual({ verdict: 'fail', runs: [asBefore] });
    const milder = judgeAgain([again], { maxLost: 1 });
    expect(milder).toMatchObject({
      verdict: 'pass',
      runs: [{ lost: 1, thresholds: { maxOutageMs: 1000, maxLost: 1 } }],
    });
    expect(judgeAgain([again, again], {}).summaries).toMatchObject([{ runs: 2, runsWithLoss: 2, lost: 2 }]);
  });

  it('keeps what was written beside the list: the answers, and when a message arrived', async () => {
    const history = [write(1, { answer: 1 }), write(2, { answer: 2 })];
    const shared = { title: 'a title', history, ratePerS: 100, stats: observed.stats };
    const clients = [
      { ...shared, name: 'a', shape: 'counter', finalRead: { node: 'redis-2', values: [1] } },
      { ...shared, name: 'b', shape: 'pubsub', finalRead: { node: 's', values: [1], heardAt: [5.5] } },
    ] as const;
    const lines = clients.flatMap(({ name, history: writes }) => writes.map((one) => ({ client: name, ...one })));
    const path = saved([...lines.map((line) => JSON.stringify(line)), ...linesOf({ ...observed, clients })]);
    const again = report(await readRun(path));
    expect(again).toEqual(report({ ...observed, clients, historyFile: path }));
    expect(again.clients).toMatchObject([
      { shape: 'counter', lost: 1 },
      { shape: 'pubsub', lost: 1, maxLatencyMs: 1.5 },
    ]);
  });

  it('of before anything but a list was written is judged as it was then', async () => {
    const client = { name: 'ioredis', title: 'ioredis 6', history: [write(1), write(2)], ratePerS: 100 };
    const clients = [{ ...client, finalRead: { node: 'redis-2', values: [1] }, stats: observed.stats }];
    const lines = client.history.map((one) => JSON.stringify({ client: 'ioredis', ...one }));
    const all = linesOf({ ...observed, clients });
    const end = (all.pop() ?? '').replace('"schemaVersion":4', '"schemaVersion":3');
    expect(end).toContain('"schemaVersion":3');
    const old = report(await readRun(saved([...lines, ...all, end])));
    expect(old.clients).toMatchObject([{ shape: 'list', lost: 1, duplicates: 0, wentBack: null }]);
    expect(old.recovery).toMatchObject({ readsOutMs: null, replicaReadsOutMs: null, resyncs: null });
  });

  it('keeps what clients wrote, each by itself', async () => {
    const history = [write(1), write(2), { ...write(3), outcome: 'unknown', error: 'late', node: undefined as never }];
    const client = { name: 'ioredis', title: 'ioredis 6', history: history as WriteRecord[], ratePerS: 100 };
    const finalRead = { node: 'redis-2', values: [1] };
    const clients = [
      { ...client, finalRead, stats: { ...observed.stats, problem: 'gone' } },
      { ...client, name: 'exec:x', finalRead: undefined, stats: observed.stats },
    ];
    const lines = clients.flatMap(({ name, history: writes }) => writes.map((one) => ({ client: name, ...one })));
    const path = saved([...lines.map((line) => JSON.stringify(line)), ...linesOf({ ...observed, clients })]);
    const again = report(await readRun(path));
    expect(again).toEqual(report({ ...observed, clients, historyFile: path }));
    expect(again.clients).toMatchObject([{ lost: 1, unknown: 1, problem: 'gone' }, { lost: null }]);
    const twice = [{ client: 'ioredis', ...write(1) }, write(1), { client: 'ioredis', ...write(1) }];
    await expect(readRun(saved(twice.map((line) => JSON.stringify(line))))).rejects.toMatchObject({
      message: expect.stringMatching(/:3: value 1 has an outcome already, in line 1/),
    });
  });

  it('is judged as it was whatever was observed', async () => {
    const figure = fc.double({ min: 0, max: 1e6, noNaN: true });
    const outcomes = fc.constantFrom<WriteRecord['outcome']>('acked', 'failed', 'unknown');
    const others = fc.record({
      outcomes: fc.array(outcomes, { maxLength: 30 }),
      values: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 30 }),
      isRead: fc.boolean(),
      newPrimary: fc.option(fc.constantFrom('redis-1', 'redis-2'), { nil: undefined }),
      explanation: fc.array(fc.string(), { maxLength: 3 }),
      at: figure,
      fault: fc.constantFrom(observed.fault, { ...asked, effect: { source: 'redis-2', notYetAt: 805, seenAt: 807 } }),
    });
    await fc.assert(
      fc.asyncProperty(others, async ({ outcomes, values, isRead, at, ...others }) => {
        const run: Observations = {
          ...observed,
          ...others,
          history: outcomes.map((outcome, index) => write(index + 1, { outcome, completed: at + index })),
          finalRead: isRead ? { node: 'redis-2', values } : undefined,
        };
        const path = saved(linesOf(run));
        expect(report(await readRun(path))).toEqual(report({ ...run, historyFile: path }));
      }),
      { numRuns: 25 },
    );
  });

  it('of before scenarios could expect something else is judged as it was then', async () => {
    const [end, ...writes] = linesOf(observed).reverse();
    const { expects, facts, epochs, fault, ...rest } = JSON.parse(end ?? '');
    expect({ expects, facts, epochs, what: fault.what }).toMatchObject({ expects: { switches: [1, 1] }, facts: [] });
    const { calledAt, returnedAt } = fault;
    const old = JSON.stringify({ ...rest, schemaVersion: 1, fault: { calledAt, returnedAt } });
    const run = report(await readRun(saved([...writes.reverse(), old])));
    expect(run).toMatchObject({
      verdict: 'fail',
      lost: 1,
      fault: 'fault at redis-1',
      faultSeenBy: null,
      faultWithinMs: null,
    });
    expect(run.invariants.map(({ name }) => name)).not.toContain('the epoch moves with the master');
  });

  const lines = linesOf(observed);
  const [first = '', second = ''] = lines;
  const end = lines.at(-1) ?? '';
  it.each<readonly [string, readonly string[], RegExp]>([
    ['is no JSON', [first, '{"value": 2'], /:2: is not JSON$/],
    ['is no object', [first, '[]', end], /:2: /],
    [
      'lacks a field',
      [first, second.replace('"invoked"', '"invokd"'), end],
      /:2: invoked is missing; it must be a number/,
    ],
    ['has a value of another type', [first.replace('"acked"', '"lost"'), end], /:1: outcome /],
    ['has a value twice', [first, second, first, end], /:3: value 1 has an outcome already, in line 1$/],
    ['goes on behind its end', [first, end, second], /:3: stands behind the end of the run$/],
    ['is of a newer stackctl', [first, end.replace('"schemaVersion":4', '"schemaVersion":5')], /:2: schemaVersion /],
    ['has an end of another form', [first, end.replace('"maxLost":0', '"maxLost":-1')], /:2: thresholds\.maxLost /],
    ['has no end', [first, second], / has 2 writes and no end: the run was ended before its final read/],
    ['is empty', [], / has 0 writes and no end/],
  ])('that %s is refused, with the line', async (_, text, problem) => {
    await expect(readRun(saved(text))).rejects.toMatchObject({
      code: 'E_HISTORY_INVALID',
      message: expect.stringMatching(problem),
    });
  });

  it('that is not there cannot be read', async () => {
    await expect(readRun(join(folder, 'none'))).rejects.toMatchObject({ code: 'E_STATE_UNREADABLE' });
    await expect(readRun(folder)).rejects.toMatchObject({ code: 'E_STATE_UNREADABLE' });
  });
});
