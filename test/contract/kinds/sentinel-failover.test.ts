import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withRedis } from '../../../src/clients/redis/connect.ts';
import { parseInfo } from '../../../src/clients/redis/info.ts';
import { masterView, memberViews } from '../../../src/clients/redis/sentinel.ts';
import { failoverTest, judgeAgain } from '../../../src/failover/failover-test.ts';
import type { RunReport } from '../../../src/failover/run-report.ts';
import { readRun } from '../../../src/failover/saved-run.ts';
import { failover } from '../../../src/kinds/sentinel/failover/index.ts';
import { keyOf } from '../../../src/kinds/sentinel/failover/key.ts';
import { planOf } from '../../../src/kinds/sentinel/failover/writer-plan.ts';
import { groupName, members, memberTarget, sentinelTarget } from '../../../src/kinds/sentinel/group.ts';
import { withMaster } from '../../../src/kinds/sentinel/master.ts';
import { probe } from '../../../src/kinds/sentinel/probe.ts';
import type { ProgressEvent } from '../../../src/lib/events.ts';
import { heal } from '../../../src/lifecycle/heal.ts';
import { addFault, readFaults } from '../../../src/project/fault-journal.ts';
import type { WriteRecord } from '../../../src/stack/contract/failover.ts';
import { ROOT } from '../../support/cli.ts';
import { gateRounds } from '../../support/require.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { PATIENCE_MS, waitFor } from '../../support/wait-for.ts';

const DOWN_AFTER_MS = 1500;
/** Scenarios whose scripts do most. */
const FEW = ['master-hang-short', 'quorum-lost', 'cascade', 'busy-master'];

describe('failover-test against a real Sentinel group', () => {
  let cluster: SentinelCluster;
  let events: ProgressEvent[] = [];

  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: DOWN_AFTER_MS, minReplicas: 1 });
  });
  afterAll(() => cluster.close());

  const start = (
    scenario: string,
    signal = new AbortController().signal,
    { runtime = cluster.runtime, maxOutageMs = 10_000 } = {},
  ) => {
    events = [];
    return failoverTest({
      stack: cluster.target.stack,
      scenarios: [scenario],
      runtime,
      thresholds: { maxOutageMs, maxLost: 0 },
      faults: join(cluster.folder, 'faults.json'),
      histories: join(cluster.folder, 'failover'),
      command: 'failover-test',
      clock: performance,
      date: () => new Date(),
      random: Math.random,
      seed: 1,
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

  const writeSome = async (runId: string) => {
    const records: WriteRecord[] = [];
    const onRecord = (record: WriteRecord) => void records.push(record);
    const writing = await failover.startWriting(cluster.target, { runId, ratePerS: 100, onRecord });
    await waitFor('a write', () => records.length > 0);
    await writing.close();
    expect(records[0]).toMatchObject({ value: 1, outcome: 'acked' });
  };

  /** Starts the writer's process as stackctl does, and kills it after a while. */
  const killWriter = async (runId: string, afterMs: number): Promise<void> => {
    const child = spawn(process.execPath, [join(ROOT, 'dist', 'failover-writer.js')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.write(`${JSON.stringify(planOf(cluster.target, { runId, ratePerS: 1000 }))}\n`);
    await once(child.stdout, 'data');
    await delay(afterMs);
    child.kill('SIGKILL');
    await once(child, 'close');
  };

  const keysLeft = () =>
    Promise.all(
      members(cluster.target).map((instance) =>
        withRedis(memberTarget(cluster.target, instance, 1000), (client) => client.keys('stackctl:failover:*')),
      ),
    );

  const nothingLeft = async () => {
    expect(await readFaults(join(cluster.folder, 'faults.json'))).toEqual([]);
    expect(events.filter(({ type }) => type === 'warning')).toEqual([]);
  };

  const leavesNothing = async () => {
    expect((await keysLeft()).flat()).toEqual([]);
    await nothingLeft();
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
    expect(run.promoted?.map(({ node }) => node)).toEqual([run.newMaster]);
    expect(run.promoted?.[0]?.atMs).toBeGreaterThan(DOWN_AFTER_MS);
    expect(run.outageMs).toBeGreaterThan(DOWN_AFTER_MS);
    const { detectedMs, agreedMs, electedMs, promotedMs, switchedMs, firstWriteMs } = run.timeline;
    const phases = [detectedMs, agreedMs, electedMs, promotedMs, switchedMs].map(Number);
    expect(phases).toEqual([...phases].sort((a, b) => a - b));
    expect(firstWriteMs).toBeGreaterThanOrEqual(DOWN_AFTER_MS);
    await leavesNothing();
    // The file has every write, and all that it takes to judge the run again.
    const saved = await readRun(run.historyFile);
    expect(saved.history).toHaveLength(run.sent);
    expect(judgeAgain([saved], {}).runs).toEqual([run]);
    expect(run).toMatchObject({ fault: `kill ${run.oldMaster}`, faultSeenBy: 'the test' });
  });

  it('master-hang: in-flight writes are unknown, never failed, and nothing acknowledged is lost', async () => {
    const run = await runOne('master-hang');
    isSound(run);
    // The Sentinels go on naming the frozen master until they switch: an attempt to reach it, 250 ms each, is no part of the way.
    expect(run.resolutionMs).toBeLessThan(250);
    expect(run.lost).toBe(0);
    expect(run.unknown).toBeGreaterThan(0);
    await leavesNothing();
  });

  it('planned: finds the acknowledged writes that the stock failover loses', async () => {
    const run = await runOne('planned');
    isSound(run);
    expect(run.verdict).toBe('fail');
    expect(run).toMatchObject({ faultSeenBy: expect.stringMatching(/^sentinel-/), faultEffectMs: expect.any(Number) });
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
    // A replica whose link broke in the fault hears of the deletion when it is linked again.
    await expect.poll(async () => (await keysLeft()).flat(), { timeout: PATIENCE_MS }).toEqual([]);
    await nothingLeft();
  });

  it('the list of a writer that was killed goes away by itself, whenever it was killed', async () => {
    const runs = Array.from({ length: 20 }, (_, index) => `killed-${index}`);
    // The first writes follow within a millisecond of each other.
    for (const [index, runId] of runs.entries()) await killWriter(runId, index % 5);
    const lifetimes = await withMaster(cluster.target, (client) =>
      Promise.all(runs.map((runId) => client.ttl(keyOf(runId)))),
    );
    const GONE = -2;
    for (const lifetime of lifetimes) if (lifetime !== GONE) expect(lifetime).toBeGreaterThan(0);
    expect(lifetimes.filter((lifetime) => lifetime > 0).length).toBeGreaterThan(0);
    await withMaster(cluster.target, (client) => client.del(runs.map(keyOf)));
  });

  // The whole matrix takes minutes.
  it.each(
    gateRounds(FEW, [
      ...FEW,
      ...['master-kill-autorestart', 'master-stop', 'sentinel-kill', 'host-loss', 'leader-crash-after-election'],
      ...['leader-crash-after-promotion', 'replica-kill', 'replica-hang', 'replicas-kill', 'planned-graceful'],
      ...['planned-express', 'rolling-restart', 'sentinel-pause', 'stale-config', 'auth-drift'],
    ]),
  )('%s ends as it has to', async (scenario) => {
    // This group writes nothing to the disk: what a restart of the master at once costs is another scenario's.
    const isLost = scenario === 'master-kill-autorestart';
    const { runs } = await start(scenario, undefined, { maxOutageMs: 60_000 });
    const told = runs[0]?.reasons.join('; ');
    expect(runs[0]?.verdict, told).toBe(isLost ? 'fail' : 'pass');
    if (isLost) expect(runs[0]?.lost).toBeGreaterThan(0);
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
      seed: 1,
      emit: (event) => events.push(event),
      signal: new AbortController().signal,
    });
    await expect(refused).rejects.toMatchObject({ code: 'E_FAULT_UNSUPPORTED' });
  });

  const setPriorities = (priority: number) =>
    Promise.all(
      members(cluster.target).map((instance) =>
        withRedis(memberTarget(cluster.target, instance, 1000), (client) =>
          client.config('SET', 'replica-priority', String(priority)),
        ),
      ),
    );

  /** The Sentinels ask every 10 s, and every second once the master is down. */
  const untilSentinelsKnow = (priority: number) =>
    waitFor('the Sentinels to know', async () => {
      const [sentinel] = cluster.target.service.instances;
      if (sentinel === undefined) throw new Error('no sentinel');
      const replicas = await withRedis(sentinelTarget(cluster.target, sentinel, 1000), (client) =>
        memberViews(client, 'REPLICAS', groupName(cluster.target)),
      );
      return replicas.every((replica) => replica.priority === priority);
    });

  it('breaks nothing when no replica may be promoted, and says so', async () => {
    await failover.steady(cluster.target, AbortSignal.timeout(60_000));
    await setPriorities(0);
    await expect(start('master-kill')).rejects.toMatchObject({
      code: 'E_NOT_READY',
      message: expect.stringMatching(/no failover is possible: every replica has replica-priority 0/),
    });
    expect(events.map((event) => 'id' in event && event.id)).not.toContain('fault');
    await setPriorities(100);
  });

  it('names the Sentinels own reason when none of them can promote after the fault', async () => {
    const inject: SentinelCluster['runtime']['inject'] = async (name, fault) => {
      await setPriorities(0);
      await untilSentinelsKnow(0);
      return cluster.runtime.inject(name, fault);
    };
    const { runs } = await start('master-hang', undefined, {
      runtime: { ...cluster.runtime, inject },
      maxOutageMs: 4000,
    });
    expect(runs[0]).toMatchObject({ verdict: 'fail', switches: 0 });
    expect(runs[0]?.reasons[0]).toMatch(
      /gave the failover up: no replica may be promoted .*\(-failover-abort-no-good-slave\)/,
    );
    await setPriorities(100);
    await untilSentinelsKnow(100);
  });

  it('a replica that holds something else in the end is found, with how much', async () => {
    const { instance } = await failover.steady(cluster.target, AbortSignal.timeout(PATIENCE_MS));
    await writeSome('differs');
    const [replica, other] = members(cluster.target).filter(({ name }) => name !== instance);
    if (replica === undefined || other === undefined) throw new Error('no replicas');
    const onReplica = <T>(use: (client: Redis) => Promise<T>) =>
      withRedis(memberTarget(cluster.target, replica, 1000), use);
    const read = () =>
      failover.finalRead(cluster.target, 'differs', AbortSignal.timeout(PATIENCE_MS), { withReplicas: true });
    const same = await read();
    expect(same.replicas?.map(({ missing, extra }) => [missing, extra])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    await onReplica(async (client) => {
      await client.config('SET', 'replica-read-only', 'no');
      await client.rpush(keyOf('differs'), 9001, 9002);
      await client.lpop(keyOf('differs'));
      await client.config('SET', 'replica-read-only', 'yes');
    });
    expect((await read()).replicas).toEqual(
      expect.arrayContaining([
        { node: replica.name, missing: 1, extra: 2 },
        { node: other.name, missing: 0, extra: 0 },
      ]),
    );
    await cluster.runtime.inject(replica.name, 'pause');
    const unread = (await read()).replicas?.find(({ node }) => node === replica.name);
    expect(unread?.problem).toEqual(expect.any(String));
    await cluster.runtime.heal(replica.name, 'pause');
    await failover.cleanUp(cluster.target, 'differs');
  });

  it.each([
    [{ wait: 3 }, /wait is 3, and there are 2 replicas/],
    [{ wait: 0 }, /^wait /],
    [{ waitMs: 50 }, /waitMs says nothing without wait/],
    [{ waitMs: 5000, wait: 1 }, /^waitMs /],
    [{ sentinel: 'sentinel-9' }, /there is no Sentinel sentinel-9/],
    [{ other: 1 }, /options: data, wait, waitMs, sentinel/],
    [{ data: 'hash' }, /^data /],
    [{ data: 'pubsub', wait: 1 }, /wait says nothing of messages/],
    [{ data: 'counter', wait: 1, sentinel: 'sentinel-1' }, undefined],
    [{ wait: 2, waitMs: 20 }, undefined],
    [{}, undefined],
  ])('a second writer with %j', (options, problem) => {
    const said = failover.writerProblem(cluster.target, options);
    if (problem === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(problem);
  });

  it('a writer that waits for replicas does not call acknowledged what they do not have', async () => {
    const { instance } = await failover.steady(cluster.target, AbortSignal.timeout(PATIENCE_MS));
    const records: WriteRecord[] = [];
    const onRecord = (record: WriteRecord) => void records.push(record);
    const client = { name: 'raw?wait=2', options: { wait: 2, waitMs: 20 } };
    const writing = await failover.startWriting(cluster.target, { runId: 'waits', ratePerS: 20, onRecord, client });
    await waitFor('writes that both replicas have', () => records.length > 5);
    expect(records.every(({ outcome }) => outcome === 'acked')).toBe(true);
    const replica = members(cluster.target).find(({ name }) => name !== instance);
    await cluster.runtime.inject(replica?.name ?? '', 'pause');
    const known = records.length;
    await waitFor('writes that one of them has not', () => records.slice(known + 1).length > 5);
    expect(records.slice(known + 2).map(({ outcome, error }) => [outcome, error])[0]).toEqual([
      'unknown',
      '1 of 2 replicas had it in time',
    ]);
    await cluster.runtime.heal(replica?.name ?? '', 'pause');
    await writing.close();
    await failover.cleanUp(cluster.target, 'waits');
  });

  it('values of a run that was killed expire by themselves', async () => {
    await writeSome('killed');
    const ttl = await withMaster(cluster.target, (client) => client.ttl(keyOf('killed')));
    expect(ttl).toBeGreaterThan(3500);
    await failover.cleanUp(cluster.target, 'killed');
    expect((await keysLeft()).flat()).toEqual([]);
  });

  it('the values are gone on a replica that is slow, too, when the run ends', async () => {
    const { instance } = await failover.steady(cluster.target, AbortSignal.timeout(60_000));
    await writeSome('slow');
    const replica = members(cluster.target).find(({ name }) => name !== instance);
    if (replica === undefined) throw new Error('no replica');
    await cluster.runtime.inject(replica.name, 'pause');
    let ended = false;
    const cleaned = failover.cleanUp(cluster.target, 'slow').finally(() => {
      ended = true;
    });
    await waitFor('the master to delete', () =>
      withMaster(cluster.target, async (client) => (await client.exists(keyOf('slow'))) === 0),
    );
    expect(ended).toBe(false);
    await cluster.runtime.heal(replica.name, 'pause');
    await cleaned;
    expect((await keysLeft()).flat()).toEqual([]);
  });

  it('heal undoes what a killed run left behind, once', async () => {
    const faults = join(cluster.folder, 'faults.json');
    const steady = () => failover.steady(cluster.target, AbortSignal.timeout(60_000));
    const { instance } = await steady();
    await addFault(faults, { instance, fault: 'pause', at: new Date().toISOString(), command: 'failover-test' });
    await cluster.runtime.inject(instance, 'pause');
    const healOnce = () =>
      heal({ runtime: cluster.runtime, stack: cluster.target.stack, faults, emit: () => undefined });
    expect((await healOnce()).map((entry) => entry.instance)).toEqual([instance]);
    expect(await healOnce()).toEqual([]);
    expect((await steady()).instance).toBe(instance);
  });

  it('heal restores a setting that a killed run left wrong, as it was', async () => {
    const faults = join(cluster.folder, 'faults.json');
    await failover.steady(cluster.target, AbortSignal.timeout(PATIENCE_MS));
    const [sentinel] = cluster.target.service.instances;
    const [server] = members(cluster.target);
    if (sentinel === undefined || server === undefined) throw new Error('no group');
    const view = () =>
      withRedis(sentinelTarget(cluster.target, sentinel, 1000), (client) =>
        masterView(client, groupName(cluster.target)),
      );
    const priority = () =>
      withRedis(memberTarget(cluster.target, server, 1000), async (client) => {
        const [, value] = (await client.config('GET', 'replica-priority')) as string[];
        return value;
      });
    const leave = async (fault: string, instance: string) => {
      const by = failover.faults[fault];
      if (by === undefined) throw new Error(fault);
      const before = await by.before(cluster.target, instance);
      const at = new Date().toISOString();
      await addFault(faults, { instance, fault, at, command: 'failover-test', before });
      await by.inject(cluster.target, instance);
    };
    await leave('down-after-300', sentinel.name);
    await leave('quorum-out-of-reach', sentinel.name);
    await leave('priority-0', server.name);
    expect(await view()).toMatchObject({ downAfterMs: 300, quorum: 4 });
    expect(await priority()).toBe('0');
    const { stack } = cluster.target;
    const healed = await heal({ runtime: cluster.runtime, stack, faults, emit: () => undefined });
    expect(healed.map(({ fault }) => fault)).toEqual(['priority-0', 'quorum-out-of-reach', 'down-after-300']);
    expect(await view()).toMatchObject({ downAfterMs: DOWN_AFTER_MS, quorum: 2 });
    expect(await priority()).toBe('100');
  });

  // The last one: a Sentinel stays in that mode for 30 s.
  it('a Sentinel that was held up is in TILT mode, and the probe says so', async () => {
    const [first, second] = cluster.target.service.instances;
    if (first === undefined || second === undefined) throw new Error('no sentinels');
    const ask = <T>(instance: typeof first, use: Parameters<typeof withRedis<T>>[1]) =>
      withRedis(sentinelTarget(cluster.target, instance, 1000), use);
    await cluster.runtime.inject(second.name, 'pause');
    // Longer than the 2 s that Sentinel allows between two turns of its timer.
    await waitFor('a pause that is long enough', async () => {
      const peers = await ask(first, (client) => memberViews(client, 'SENTINELS', groupName(cluster.target)));
      return peers.some(({ sinceReplyMs }) => sinceReplyMs > 4000);
    });
    await cluster.runtime.heal(second.name, 'pause');
    const { stack, service } = cluster.target;
    const probed = await waitFor('the mode', async () => {
      const said = parseInfo(await ask(second, (client) => client.info('sentinel'))).get('sentinel_tilt');
      return said === '1' && probe({ stack, service: service as never, instance: second });
    });
    expect(probed.facts).toMatchObject({ tilt: true });
    expect(probed.reasons.join()).toMatch(/is in TILT mode/);
    await expect(failover.steady(cluster.target, AbortSignal.timeout(5000), { ableToFailOver: true })).rejects.toThrow(
      new RegExp(`${second.name} is in TILT mode`),
    );
  });
});
