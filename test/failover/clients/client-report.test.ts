import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClientObservations, clientReport } from '../../../src/failover/clients/client-report.ts';
import { NO_ANSWER, type WriteRecord } from '../../../src/stack/contract/failover.ts';

const write = (value: number, part: Partial<WriteRecord> = {}): WriteRecord => {
  const at = value * 10;
  return { value, intended: at, invoked: at, completed: at + 1, outcome: 'acked', ...part };
};
const writes = (from: number, to: number, part: (value: number) => Partial<WriteRecord> = () => ({})): WriteRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) => write(from + index, part(from + index)));

const valuesOf = (history: readonly WriteRecord[]) =>
  history.filter(({ outcome }) => outcome === 'acked').map(({ value }) => value);

/** A fault at 2000 ms. */
const judged = (history: readonly WriteRecord[], part: Partial<ClientObservations> = {}, maxLost = 0) =>
  clientReport({
    observed: {
      name: 'mine',
      title: 'mine 1.0',
      history,
      finalRead: { node: 'redis-2', values: valuesOf(history) },
      stats: { sent: history.length, sentRatePerS: 100, late: 0, eventLoopLagMaxMs: 1 },
      ratePerS: 100,
      ...part,
    },
    fault: { calledAt: 2000, at: 2000, withinMs: 0 },
    recoversFrom: undefined,
    phases: {
      ...{ detectedMs: null, agreedMs: null, electedMs: null },
      ...{ promotedMs: null, switchedMs: null, firstWriteMs: null },
    },
    thresholds: { maxOutageMs: 1000, maxLost },
    unexplained: ({ lost }) => lost.length,
  });

const reasons = ({ invariants }: ReturnType<typeof judged>) =>
  invariants.flatMap(({ outcome, reason }) => (outcome === 'pass' ? [] : [`${outcome}: ${reason}`]));

describe("what an application's client made of a run", () => {
  it('is fine when it writes again soon', () => {
    const history = [...writes(1, 200), ...writes(201, 250, () => ({ completed: 2600 })), ...writes(261, 400)];
    const { client, invariants } = judged(history);
    expect(client).toMatchObject({
      ...{ name: 'mine', title: 'mine 1.0', outageMs: 599, acked: 390, ackedBeforeFault: 199, lost: 0 },
      ...{ mostWaiting: 50, maxLatencyMs: 590, unanswered: 0, problem: null },
    });
    expect(invariants.map(({ name }) => name)[0]).toBe('mine: enough writes before the fault');
    expect(invariants.every(({ outcome }) => outcome === 'pass')).toBe(true);
  });

  it('fails when it hangs: what waits in it has no answer in the end', () => {
    const hung = writes(201, 700, () => ({ outcome: 'unknown', error: NO_ANSWER, completed: 9000 }));
    const all = judged([...writes(1, 200), ...hung]);
    expect(all.client).toMatchObject({ outageMs: null, unanswered: 500, mostWaiting: 500, unknown: 500 });
    expect(reasons(all)).toEqual([
      'fail: mine: no write was acknowledged to it any more: 500 of its writes had no answer in the end',
    ]);
  });

  it('fails when it comes back too late, and is not judged by what it measured too coarsely', () => {
    const slow = [...writes(1, 200), ...writes(320, 500)];
    expect(reasons(judged(slow))).toEqual([
      'fail: mine: no write was acknowledged to it for 1200 ms (± 20 ms); at most 1000 ms are allowed',
    ]);
    expect(reasons(judged([...writes(1, 200), ...writes(301, 500)]))).toEqual([
      expect.stringMatching(/^inconclusive: mine: the outage of 1010 ms was measured to within 20 ms/),
    ]);
  });

  it('fails for writes that it lost, and for those that it sent again', () => {
    const history = writes(1, 400);
    const values = [...valuesOf(history).filter((value) => value < 210 || value > 219), 300, 301];
    const all = judged(history, { finalRead: { node: 'redis-2', values } });
    expect(all.client).toMatchObject({ lost: 10, duplicates: 2, lostRanges: [{ from: 210, to: 219, firstMs: 101 }] });
    expect(all.client.lostRanges[0]).not.toHaveProperty('node');
    expect(reasons(all)).toEqual([
      'fail: mine: 10 acknowledged writes were lost; at most 0 are allowed',
      'fail: mine: 2 values are stored more than once',
    ]);
    expect(reasons(judged(history, { finalRead: { node: 'redis-2', values } }, 10))).toHaveLength(1);
  });

  it('is open when its adapter ended, when nothing could be read, and when it had written too little', () => {
    const stats = { sent: 400, sentRatePerS: 100, late: 0, eventLoopLagMaxMs: 1, problem: 'it has ended (SIGKILL)' };
    expect(reasons(judged(writes(1, 400), { stats }))).toEqual(['inconclusive: mine: it has ended (SIGKILL)']);
    // What came after its end says nothing of the group.
    const ended = writes(201, 600, () => ({ outcome: 'unknown', error: 'the client has ended' }));
    const all = judged([...writes(1, 200), ...ended], { stats });
    expect(all.client.outageMs).toBeNull();
    expect(all.invariants.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(reasons(all)).toContain('inconclusive: mine: it has ended (SIGKILL)');
    const blind = judged(writes(1, 400), { finalRead: undefined });
    expect(blind.client).toMatchObject({ lost: null, duplicates: null, lostRanges: [] });
    expect(blind.invariants.filter(({ outcome }) => outcome === 'inconclusive')).toHaveLength(4);
    expect(reasons(judged(writes(150, 400)))).toEqual([
      'inconclusive: mine: only 50 writes were acknowledged before the fault; at least 100 are needed',
    ]);
  });

  it('finds exactly what was lost and stored twice, whatever that is', () => {
    const history = writes(1, 300);
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 300 }), { maxLength: 40 });
    fc.assert(
      fc.property(some, some, (gone, twice) => {
        const again = twice.filter((value) => !gone.includes(value));
        const values = [...valuesOf(history).filter((value) => !gone.includes(value)), ...again];
        const { client } = judged(history, { finalRead: { node: 'redis-2', values } });
        expect([client.lost, client.duplicates, client.phantom]).toEqual([gone.length, again.length, 0]);
      }),
    );
  });

  it('is judged as what it writes: a set shows nothing twice, a register what it went through, a counter its sum', () => {
    const history = writes(1, 400, (value) => ({ node: 'redis-1', answer: value - 1 }));
    const set = judged(history, {
      shape: 'set',
      finalRead: { node: 'redis-2', values: valuesOf(history).slice(0, -2) },
    });
    expect(set.client).toMatchObject({ shape: 'set', lost: 2, duplicates: null, recovered: 0, wentBack: null });
    expect(reasons(set)).toEqual(['fail: mine: 2 acknowledged writes were lost; at most 0 are allowed']);
    expect(set.invariants.map(({ name }) => name)).not.toContain('mine: no duplicate');
    const register = judged(history, { shape: 'register', finalRead: { node: 'redis-2', values: [390] } });
    expect(register.client).toMatchObject({ lost: 10, duplicates: null, recovered: null, wentBack: 0 });
    const sums = writes(1, 400, (value) => ({ node: 'redis-1', answer: value }));
    const counter = judged(sums, { shape: 'counter', finalRead: { node: 'redis-2', values: [402] } });
    expect(counter.client).toMatchObject({ lost: 0, phantom: 2, duplicates: null, wentBack: 0 });
    expect(reasons(counter)).toEqual(['fail: mine: 2 values are stored that this run did not write']);
    const replicas = [{ node: 'redis-3', missing: 1, extra: 1 }];
    const behind = judged(sums, { shape: 'counter', finalRead: { node: 'redis-2', values: [400], replicas } });
    expect(reasons(behind)).toEqual(['fail: mine: replicas hold something else than the master: redis-3']);
  });

  it('is out for as long as its subscriber hears nothing, whatever the server says', () => {
    const history = writes(1, 400, (value) => ({ answer: value > 210 && value < 230 ? 0 : 1 }));
    const heard = valuesOf(history).filter((value) => value <= 200 || value > 260);
    const heardAt = heard.map((value) => value * 10 + 2);
    const away = [{ from: 2002, to: 2605 }];
    const observed = (at: readonly number[]) =>
      ({ shape: 'pubsub', finalRead: { node: 'the subscriber', values: heard, heardAt: at, away } }) as const;
    const { client } = judged(history, observed(heardAt));
    // The last one that it heard left at 2000 ms, the next at 2610 ms.
    expect(client).toMatchObject({ outageMs: 610, acked: 400, lost: 60, lostUnexplained: 0, duplicates: 0 });
    expect(reasons(judged(history, observed(heardAt), 0))).toEqual([]);
    const late = judged(history, observed(heardAt.map((at) => (at > 2002 ? at + 1000 : at))));
    expect(reasons(late)).toEqual([
      expect.stringMatching(/^fail: mine: its subscriber heard nothing for 1610 ms .*; at most 1000 ms are allowed$/),
    ]);
    const never = heard.filter((value) => value <= 200);
    const gone = judged(history, {
      shape: 'pubsub',
      finalRead: {
        node: 'the subscriber',
        values: never,
        heardAt: heardAt.slice(0, never.length),
        away: [{ from: 2002, to: 9000 }],
      },
    });
    expect(gone.client).toMatchObject({ outageMs: null, lostUnexplained: 0 });
    expect(reasons(gone)).toEqual(['fail: mine: its subscriber heard nothing any more']);
  });
});
