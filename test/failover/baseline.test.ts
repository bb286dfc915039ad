import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Baseline, notCompared, readBaseline, regressions } from '../../src/failover/baseline.ts';
import type { ScenarioSummary } from '../../src/failover/summary.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stackctl-baseline-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const summary = (low: number, high: number, part: Partial<ScenarioSummary> = {}): ScenarioSummary => ({
  ...{ scenario: 'master-kill', runs: 20, verdicts: { pass: 20, fail: 0, inconclusive: 0 }, acked: 1, lost: 0 },
  ...{ readRuns: 20, runsWithLoss: 0, passShare: { low: 0.83, high: 1 }, lossShare: { low: 0, high: 0.14 } },
  outage: {
    ...{ runs: 20, medianMs: (low + high) / 2, medianIntervalMs: { low, high } },
    ...{ p95Ms: high, maxMs: high, resolutionMs: 20 },
  },
  ...part,
});

const before = [summary(6200, 6300)] as Baseline;

describe('regressions', () => {
  it('of clients too, each by its name', () => {
    const { outage, lossShare } = summary(6250, 6350);
    const client = (name: string, part: ScenarioSummary) => ({ ...part, name });
    const earlier = { ...summary(6200, 6300), clients: [client('ioredis', summary(7000, 7100))] };
    const same = [{ ...summary(6200, 6300), clients: [client('ioredis', summary(7000, 7100))] }];
    expect(regressions(same, [earlier])).toEqual([]);
    const slower = [{ ...summary(6200, 6300), clients: [client('ioredis', summary(9000, 9100))] }];
    expect(regressions(slower, [earlier])).toEqual([
      expect.stringMatching(/: ioredis: the median outage was between 7000/),
    ]);
    const other = [{ ...summary(6200, 6300), clients: [{ ...client('x', summary(9000, 9100)), outage, lossShare }] }];
    expect(regressions(other, [earlier])).toEqual([]);
    expect(notCompared(same, [earlier])).toEqual([]);
    expect(notCompared(other, [earlier])).toEqual([expect.stringMatching(/: x: the baseline has no runs of it/)]);
  });

  it.each([
    ['is as fast', summary(6250, 6350), []],
    ['is faster', summary(1000, 1100), []],
    ['is slower by less than the instrument tells apart', summary(6315, 6400), []],
    [
      'is slower',
      summary(6321, 6400),
      [
        'master-kill: the median outage was between 6200 and 6300 ms in the baseline, and is between 6321 and 6400 ms (± 20 ms) now',
      ],
    ],
    ['was not measured', summary(1, 1, { outage: null }), []],
    [
      'fails more often',
      summary(6200, 6300, { passShare: { low: 0.1, high: 0.5 } }),
      ['master-kill: it fails in 50 to 90 % of all runs, and in 0 to 17 % in the baseline'],
    ],
    ['fails as often as before may have', summary(6200, 6300, { passShare: { low: 0.5, high: 0.84 } }), []],
    [
      'loses more often',
      summary(6200, 6300, { lossShare: { low: 0.2, high: 0.6 } }),
      ['master-kill: it loses writes in 20 to 60 % of all runs, and in 0 to 14 % in the baseline'],
    ],
    ['could not be read', summary(6200, 6300, { lossShare: null, passShare: null }), []],
  ])('when it %s', (_, now, expected) => {
    expect(regressions([now], before)).toEqual(expected);
  });

  it('says what could not be compared', () => {
    const other = summary(1, 2, { scenario: 'cascade' });
    const unmeasured = summary(1, 2, { outage: null });
    expect(regressions([other, unmeasured], before)).toEqual([]);
    expect(notCompared([other, unmeasured, summary(1, 2)], before)).toEqual([
      'cascade: the baseline has no runs of it',
      'master-kill: an interval of the outage takes 6 runs in which it was over, then and now',
    ]);
  });
});

describe('a file of earlier', () => {
  const saved = (text: string): string => {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.json`);
    writeFileSync(path, text);
    return path;
  };

  it('is what the command printed', async () => {
    const printed = {
      schemaVersion: 1,
      command: 'failover-test',
      data: { verdict: 'pass', runs: [], summaries: before },
    };
    const read = await readBaseline(saved(JSON.stringify(printed)));
    expect(regressions([summary(6321, 6400)], read)).toHaveLength(1);
  });

  it.each([
    ['{', /is no baseline: it is not JSON$/],
    ['{"data":{"runs":[]}}', /is no baseline: data\.summaries /],
    ['{"data":{"summaries":[{"scenario":"a"}]}}', /is no baseline: data\.summaries\.0\.runs is missing/],
  ])('%s is refused', async (text, message) => {
    await expect(readBaseline(saved(text))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(message),
    });
  });

  it('that is not there cannot be read', async () => {
    await expect(readBaseline(join(folder, 'none'))).rejects.toMatchObject({ code: 'E_STATE_UNREADABLE' });
  });
});
