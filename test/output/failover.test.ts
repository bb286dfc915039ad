import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ClientReport } from '../../src/failover/clients/client-report.ts';
import type { RunReport } from '../../src/failover/run-report.ts';
import { summaries } from '../../src/failover/summary.ts';
import { proven } from '../../src/failover/turned-verdict.ts';
import { failoverText, scenariosText } from '../../src/output/failover.ts';

const run: RunReport = {
  scenario: 'master-kill',
  runId: '20260102T030405678Z-4f1c',
  verdict: 'pass',
  reasons: [],
  invariants: [],
  outageMs: 2777.4,
  resolutionMs: 13.7,
  predicted: { lowMs: 2290, highMs: 2750, longer: ['election: 900 ms, and at most 300 ms by the model'] },
  longestGapMs: 2777.4,
  acked: 909,
  ackedBeforeFault: 323,
  failed: 693,
  unknown: 1,
  recovered: 0,
  lost: 0,
  lostUnexplained: 0,
  lostRanges: [],
  phantom: 0,
  duplicates: 0,
  misclassified: 0,
  switches: 1,
  twoMastersMs: 0,
  twoMastersWithinMs: 50,
  recovery: {
    ...{
      gaps: 2,
      unavailableMs: 2799.4,
      fullRateMs: 2770.1,
      rejoinedMs: 11_900.4,
      readsOutMs: 0,
      replicaReadsOutMs: 120.6,
    },
    ...{ readsWithinMs: 100, resyncs: { full: 1, partial: 2 } },
  },
  oldMaster: 'redis-1',
  newMaster: 'redis-3',
  fault: 'kill redis-1',
  faultSeenBy: 'the kernel',
  faultWithinMs: 1.2,
  faultEffectMs: null,
  timeline: {
    detectedMs: 1541.9,
    agreedMs: 1626.9,
    electedMs: 1694.3,
    promotedMs: 2704.7,
    switchedMs: 2769.2,
    firstWriteMs: 2773.6,
  },
  arbiter: 'Sentinel',
  detectionMs: 1500,
  ratePerS: 250,
  sentRatePerS: 249.8,
  sent: 1603,
  late: 0,
  eventLoopLagMaxMs: 6.9,
  errors: { 'no master known': 693, 'Connection is closed.': 1 },
  thresholds: { maxOutageMs: 10_000, maxLost: 0 },
  faultAt: '2026-01-02T03:04:05.678Z',
  historyFile: '/p/.stackctl/redis-sentinel/failover/20260102T030405678Z-4f1c.ndjson',
  events: [],
};

const lost: RunReport = {
  ...run,
  scenario: 'planned',
  verdict: 'fail',
  reasons: ['231 acknowledged writes were lost; at most 0 are allowed'],
  lost: 231,
  lostRanges: [
    { from: 461, to: 690, node: 'redis-1', firstMs: 10.4, lastMs: 930.2, phase: 'before a replica was promoted' },
    { from: 692, to: 692, node: 'redis-1', firstMs: 2938, lastMs: 2938, phase: 'after a replica was promoted' },
  ],
  timeline: { ...run.timeline, detectedMs: null, agreedMs: null },
};

const text = (verdict: RunReport['verdict'], ...runs: readonly RunReport[]) =>
  stripVTControlCharacters(failoverText({ verdict, runs }));

describe('failoverText', () => {
  it('shows the timeline, the figures and one verdict', () => {
    expect(text('pass', run)).toBe(
      `
master-kill  redis-1 -> redis-3

     0 ms  kill redis-1 (seen by the kernel, to within 1.2 ms)
  1542 ms  detected by the first Sentinel (configured: after 1500 ms)
  1627 ms  agreed that the master is down
  1694 ms  leader elected
  2705 ms  replica promoted
  2769 ms  first Sentinel names the new master
  2774 ms  first write acknowledged by redis-3

  write outage    2777 ms ± 14 ms; at most 10000 ms allowed
  by the model    2290 to 2750 ms
                  longer: election: 900 ms, and at most 300 ms by the model
  longest gap     2777 ms between two acknowledged writes
  writes          1603 at 249.8/s (250/s asked for): 909 acked, 693 failed, 1 unknown (0 applied)
  lost            0; at most 0 allowed
  master changes  1
  all gaps        2, 2799 ms together
  99 % acked      2770 ms after the fault
  old master      redis-1 a replica 11900 ms after the fault
  resyncs         1 full, 2 partial
  reads           no replica answered for 121 ms ± 100 ms
  event loop lag  7 ms at most, 0 writes late
  every write     /p/.stackctl/redis-sentinel/failover/20260102T030405678Z-4f1c.ndjson

VERDICT PASS`.trimStart(),
    );
  });

  it('says of what was asked for when it was seen to be in effect', () => {
    const fault = { fault: 'hand redis-1 over (express)', faultSeenBy: 'redis-3', faultEffectMs: 27.4 };
    expect(text('pass', { ...run, ...fault })).toContain(
      '     0 ms  hand redis-1 over (express) (seen by redis-3 after 27.4 ms, to within 1.2 ms)\n',
    );
  });

  it('shows what clients made of it beside the own writer, by what they say that they are', () => {
    const client: ClientReport = {
      ...{ name: 'ioredis', title: 'ioredis 6.0.0', outageMs: 30_173.4, resolutionMs: 20, acked: 137 },
      ...{ ackedBeforeFault: 120, failed: 0, unknown: 2708, unanswered: 0, mostWaiting: 1703, maxLatencyMs: 224.1 },
      ...{ recovered: 3, lost: 4, lostUnexplained: 4, lostRanges: [], phantom: 0, duplicates: 1, misclassified: 0 },
      ...{ ratePerS: 100, sent: 2845, late: 0, errors: {}, problem: null, shape: 'list', wentBack: null },
    };
    const silent = { ...client, name: 'exec:x', title: null, outageMs: null, maxLatencyMs: null, lost: null };
    const twin = { ...client, name: 'ioredis?a=1' };
    const shown = text('pass', { ...run, clients: [client, silent] }).split('\n');
    const table = shown.filter((line) => /^ {2}(CLIENT|stackctl's own|ioredis|exec:x)/.test(line));
    expect(table.map((line) => line.trim().split(/ {2,}/))).toEqual([
      [
        'CLIENT',
        'OUTAGE',
        'SLOWEST WRITE',
        'WAITED AT ONCE',
        'ACKED',
        'UNKNOWN',
        'OF THESE STORED',
        'LOST',
        'STORED TWICE',
      ],
      ["stackctl's own", '2777 ms ± 14 ms', '909', '1', '0', '0', '0'],
      ['ioredis 6.0.0', '30173 ms ± 20 ms', '224 ms', '1703', '137', '2708', '3', '4', '1'],
      ['exec:x', 'not over', '–', '1703', '137', '2708', '3', 'not known', '1'],
    ]);
    const counter = {
      ...client,
      name: 'raw?data=counter',
      title: 'counter',
      duplicates: null,
      wentBack: 7,
      lostUnexplained: 1,
    };
    const withReads = text('pass', { ...run, clients: [client, counter] }).split('\n');
    expect(withReads.find((line) => line.startsWith('  CLIENT'))).toMatch(/STORED TWICE {2}READS WENT BACK$/);
    expect(withReads.find((line) => line.startsWith('  counter'))).toMatch(/ 4 \(1 unexplained\) {2,}– {2,}7$/);
    expect(text('pass', { ...run, clients: [client, twin] })).toMatch(/^ {2}ioredis {2}.*\n {2}ioredis\?a=1 /m);
    const all = summaries([1, 2].map(() => ({ ...run, clients: [client, silent] })));
    expect(all[0]?.clients).toMatchObject([
      { name: 'ioredis', outage: { runs: 2, medianMs: 30_173.4 }, acked: 274, lost: 8, runsWithLoss: 2 },
      { name: 'exec:x', outage: null, readRuns: 0, lossShare: null },
    ]);
    const repeated = stripVTControlCharacters(failoverText({ verdict: 'pass', runs: [run, run], summaries: all }));
    expect(repeated).toMatch(/ioredis +median 30173 ms .*\n +8 of 274 acknowledged writes, in 2 of 2 runs/);
    expect(repeated).toMatch(/exec:x +in no run over\n +not known: every final read failed/);
  });

  it('lists what was lost exactly, and leaves out moments that did not happen', () => {
    const shown = text('fail', lost);
    expect(shown).toContain(
      'values 461 to 690 (230), acknowledged by redis-1 10 to 930 ms after the fault, before a replica was promoted',
    );
    expect(shown).toContain('value 692, acknowledged by redis-1 2938 ms after the fault, after a replica was promoted');
    expect(shown).not.toContain('agreed');
    expect(shown.split('\n').at(-1)).toBe('VERDICT FAIL: 231 acknowledged writes were lost; at most 0 are allowed');
  });

  it('names each scenario in the verdict of several', () => {
    expect(text('fail', run, lost).split('\n').at(-1)).toBe(
      'VERDICT FAIL: master-kill pass; planned fail (231 acknowledged writes were lost; at most 0 are allowed)',
    );
  });

  it('says of repeated scenarios what all runs show together, and tells those that did not pass in full', () => {
    const outages = [2777.4, 2801.2, 2650, 2713.9, 2990.5, 2702.1];
    const kills = outages.map((outageMs) => ({ ...run, outageMs }));
    const runs = kills.flatMap((kill) => [kill, lost]);
    const shown = stripVTControlCharacters(failoverText({ verdict: 'fail', runs, summaries: summaries(runs) }));
    expect(shown.split('\n').slice(0, 4)).toEqual([
      '  master-kill 1  pass  2777 ms ± 14 ms  0 of 909 lost',
      '  planned 1      fail  2777 ms ± 14 ms  231 of 909 lost',
      '  master-kill 2  pass  2801 ms ± 14 ms  0 of 909 lost',
      '  planned 2      fail  2777 ms ± 14 ms  231 of 909 lost',
    ]);
    expect(shown.match(/redis-1 -> redis-3/g)).toHaveLength(6);
    expect(shown).toContain('planned 6  redis-1 -> redis-3\n');
    expect(shown.slice(shown.indexOf('master-kill, with'))).toBe(
      `
master-kill, with 95 % confidence

  verdicts      6 runs: 6 passed, 0 failed, 0 inconclusive; it passes 54 % to 100 % of the time
  write outage  median 2746 ms (between 2650 ms and 2991 ms), p95 2991 ms, max 2991 ms; each ± 14 ms at most
  lost          0 of 5454 acknowledged writes, in 0 of 6 runs: in fewer than 39 % of all runs (rule of three: about 3 in 6)

planned, with 95 % confidence

  verdicts      6 runs: 0 passed, 6 failed, 0 inconclusive; it passes 0 % to 46 % of the time
  write outage  median 2777 ms (between 2777 ms and 2777 ms), p95 2777 ms, max 2777 ms; each ± 14 ms at most
  lost          1386 of 5454 acknowledged writes, in 6 of 6 runs: in 54 % to 100 % of all runs

VERDICT FAIL: master-kill 6 of 6 passed; planned 0 of 6 passed`.trimStart(),
    );
  });

  it('claims nothing of repeated runs that could not be measured', () => {
    const blind = { ...run, verdict: 'inconclusive' as const, lost: null, recovered: null, outageMs: null };
    const all = [blind, blind];
    const shown = stripVTControlCharacters(
      failoverText({ verdict: 'inconclusive', runs: all, summaries: summaries(all) }),
    );
    expect(shown).toContain('  verdicts      2 runs: 0 passed, 0 failed, 2 inconclusive\n');
    expect(shown).toContain('  write outage  in no run over\n');
    expect(shown).toContain('  lost          not known: every final read failed\n');
    const half = [run, { ...blind, verdict: 'fail' as const }];
    const mixed = stripVTControlCharacters(failoverText({ verdict: 'fail', runs: half, summaries: summaries(half) }));
    expect(mixed).toContain('median 2777 ms (an interval takes 6 runs)');
    expect(mixed).toContain('0 of 909 acknowledged writes, in 0 of 1 run (the final read of 1 failed)');
  });

  it('does not call unknown counts zero', () => {
    const blind = { ...run, verdict: 'inconclusive' as const, lost: null, recovered: null, outageMs: null };
    const shown = text('inconclusive', blind);
    expect(shown).toContain('not known: the final read failed');
    expect(shown).toContain('not over: no write was acknowledged in the end');
  });

  it('shows many scenarios by a line each, what was not tried with the reason, and counts all in the last line', () => {
    const runs = [run, lost, ...['a', 'b', 'c'].map((scenario) => ({ ...run, scenario }))];
    const refused = [{ scenario: 'packet-loss', reason: 'the process runtime cannot inject loss' }];
    const shown = stripVTControlCharacters(failoverText({ verdict: 'fail', runs, refused, seed: 7 }));
    expect(shown.match(/redis-1 -> redis-3/g)).toHaveLength(1);
    expect(shown).toContain('  c            pass  2777 ms ± 14 ms  0 of 909 lost\n');
    expect(shown).toContain('Not tried here:\n\n  packet-loss  the process runtime cannot inject loss\n');
    expect(shown).toContain('--seed 7');
    expect(shown.split('\n').at(-1)).toBe('VERDICT FAIL: 4 passed, 1 failed, 0 inconclusive; 1 refused');
  });

  it('lists scenarios, with what cannot be tried here and why', () => {
    const shown = stripVTControlCharacters(
      scenariosText([
        { name: 'master-kill', summary: 'SIGKILL', sets: ['quick', 'full'], refusal: null },
        { name: 'packet-loss', summary: 'loss', sets: ['full'], refusal: 'no root' },
        { name: 'planned', summary: 'stock', sets: ['known-bad'], refusal: null },
      ]),
    );
    expect(shown.split('\n')).toEqual([
      '  *  master-kill  SIGKILL',
      '     packet-loss  refused: no root',
      '     planned      stock',
      '',
      '* a part of --quick; --full tries all but planned, which have to fail: --self-test',
    ]);
  });

  it('says of a self-test which of the known-bad set-ups were found', () => {
    const good = { ...run, scenario: 'bad-quorum' };
    const shown = (runs: readonly RunReport[]) =>
      stripVTControlCharacters(failoverText(proven({ verdict: 'fail', runs }))).split('\n');
    expect(shown([lost])).toEqual([
      '  planned  found  231 acknowledged writes were lost; at most 0 are allowed',
      '',
      'VERDICT PASS: 1 of 1 known-bad set-up found',
    ]);
    expect(shown([lost, good]).slice(1)).toEqual([
      '  bad-quorum  not found: pass  ',
      '',
      'VERDICT FAIL: 1 of 2 known-bad set-ups found',
    ]);
  });
});
