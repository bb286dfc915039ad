import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withRedis } from '../../src/clients/redis/connect.ts';
import { failoverTest } from '../../src/failover/failover-test.ts';
import type { RunReport } from '../../src/failover/report.ts';
import { members, memberTarget } from '../../src/kinds/sentinel/failover/group.ts';
import { failover } from '../../src/kinds/sentinel/failover/index.ts';
import { keyOf } from '../../src/kinds/sentinel/failover/key.ts';
import { withMaster } from '../../src/kinds/sentinel/failover/with-master.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { addFault, readFaults } from '../../src/lib/fault-journal.ts';
import { heal } from '../../src/lifecycle/heal.ts';
import { type SentinelCluster, startSentinelCluster } from '../support/sentinel-cluster.ts';

const DOWN_AFTER_MS = 1500;

describe('failover-test against a real Sentinel group', () => {
  let cluster: SentinelCluster;
  let events: ProgressEvent[] = [];

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: DOWN_AFTER_MS, minReplicas: 1 });
  });
  afterAll(() => cluster.close());

  const start = (scenario: string, signal = new AbortController().signal) => {
    events = [];
    return failoverTest({
      stack: cluster.target.stack,
      scenarios: [scenario],
      runtime: cluster.runtime,
      thresholds: { maxOutageMs: 10_000, maxLost: 0 },
      faults: join(cluster.folder, 'faults.json'),
      histories: join(cluster.folder, 'failover'),
      command: 'failover-test',
      clock: performance,
      date: () => new Date(),
      random: Math.random,
      emit: (event) => events.push(event),
      signal,
    });
  };

  const runOne = async (scenario: string): Promise<RunReport> => {
    const { runs } = await start(scenario);
    const [run] = runs;
    if (run === undefined) throw new Error('no run');
    return run;
  };

  const keysLeft = () =>
    Promise.all(
      members(cluster.target).map((instance) =>
        withRedis(memberTarget(cluster.target, instance, 1000), (client) => client.keys('stackctl:failover:*')),
      ),
    );

  /** Replicas hear of the deletion a moment after the master. */
  const noKeysLeft = () => expect.poll(async () => (await keysLeft()).flat(), { timeout: 3000 }).toEqual([]);

  const leavesNothing = async () => {
    expect(await readFaults(join(cluster.folder, 'faults.json'))).toEqual([]);
    await noKeysLeft();
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  };

  const isSound = (run: RunReport) => {
    expect(run.ackedBeforeFault).toBeGreaterThanOrEqual(100);
    expect(run.resolutionMs).toBeGreaterThan(0);
    expect(run.switches).toBe(1);
    expect(run.newMaster).not.toBe(run.oldMaster);
    expect(run).toMatchObject({ phantom: 0, duplicates: 0, misclassified: 0 });
    expect(run.acked + run.failed + run.unknown).toBe(run.sent);
  };

  it('master-kill: one switch, nothing lost, an outage of detection and election', async () => {
    const run = await runOne('master-kill');
    isSound(run);
    expect(run.lost).toBe(0);
    expect(run.outageMs).toBeGreaterThan(DOWN_AFTER_MS);
    expect(run.outageMs).toBeLessThan(DOWN_AFTER_MS + 3000);
    const { detectedMs, agreedMs, electedMs, promotedMs, switchedMs, firstWriteMs } = run.timeline;
    const phases = [detectedMs, agreedMs, electedMs, promotedMs, switchedMs].map(Number);
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    expect(firstWriteMs).toBeGreaterThanOrEqual(DOWN_AFTER_MS);
    await leavesNothing();
    const lines = (await readFile(run.historyFile, 'utf8')).trimEnd().split('\n');
    expect(lines.length).toBe(run.sent);
  });

  it('master-hang: in-flight writes are unknown, never failed, and nothing acknowledged is lost', async () => {
    const run = await runOne('master-hang');
    isSound(run);
    expect(run.lost).toBe(0);
    expect(run.unknown).toBeGreaterThan(0);
    await leavesNothing();
  });

  it('planned: finds the acknowledged writes that the stock failover loses', async () => {
    const run = await runOne('planned');
    isSound(run);
    expect(run.verdict).toBe('fail');
    expect(run.lost).toBeGreaterThan(0);
    expect(run.lostValues?.length).toBe(run.lost);
    expect(run.lostRanges.reduce((sum, { from, to }) => sum + to - from + 1, 0)).toBe(run.lost);
    expect(run.lostRanges.every(({ node }) => node === run.oldMaster)).toBe(true);
    await leavesNothing();
  });

  it('heals and cleans up when it is interrupted in the middle of a fault', async () => {
    const interrupt = new AbortController();
    const running = start('master-hang', interrupt.signal);
    const reason = new Error('interrupted');
    const timer = setInterval(() => {
      if (events.some((event) => event.type === 'step' && event.id === 'switch')) interrupt.abort(reason);
    }, 20);
    await expect(running).rejects.toBe(reason);
    clearInterval(timer);
    await leavesNothing();
  });

  it('refuses a fault that the runtime cannot inject before anything happens', async () => {
    const refused = failoverTest({
      stack: cluster.target.stack,
      scenarios: ['planned', 'master-hang'],
      runtime: { ...cluster.runtime, faults: new Set(['kill' as const]) },
      thresholds: { maxOutageMs: 10_000, maxLost: 0 },
      faults: join(cluster.folder, 'faults.json'),
      histories: join(cluster.folder, 'never'),
      command: 'failover-test',
      clock: performance,
      date: () => new Date(),
      random: Math.random,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
    });
    await expect(refused).rejects.toMatchObject({ code: 'E_FAULT_UNSUPPORTED' });
  });

  it('values of a run that was killed expire by themselves', async () => {
    const writer = await failover.openWriter(cluster.target, 'killed');
    expect(await writer.write(1)).toMatchObject({ type: 'acked' });
    await writer.close();
    const ttl = await withMaster(cluster.target, (client) => client.ttl(keyOf('killed')));
    expect(ttl).toBeGreaterThan(3500);
    await failover.cleanUp(cluster.target, 'killed');
    await noKeysLeft();
  });

  it('heal undoes what a killed run left behind, once', async () => {
    const faults = join(cluster.folder, 'faults.json');
    const steady = () => failover.steady(cluster.target, AbortSignal.timeout(60_000));
    const { instance } = await steady();
    await addFault(faults, { instance, fault: 'pause', at: new Date().toISOString(), command: 'failover-test' });
    await cluster.runtime.inject(instance, 'pause');
    const healOnce = () => heal({ runtime: cluster.runtime, faults, emit: () => undefined });
    expect((await healOnce()).map((entry) => entry.instance)).toEqual([instance]);
    expect(await healOnce()).toEqual([]);
    expect((await steady()).instance).toBe(instance);
  });
});
