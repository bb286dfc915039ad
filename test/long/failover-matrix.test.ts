import { describe, expect, test } from 'vitest';
import { SCENARIOS } from '../../src/commands/failover-scenarios.ts';
import type { FailoverReport } from '../../src/failover/failover-test.ts';
import { stackctl } from '../support/cli.ts';
import { VALKEY_9 } from '../support/need.ts';
import { openTestProject, type TestProject } from '../support/project.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';
import { switchesInLogs } from '../support/sentinel-logs.ts';

/** What shares the loopback interface cannot be cut off. */
const OF_NETWORKS = [
  ...['partition-master', 'partition-clients', 'partition-replicas', 'asym-partition'],
  ...['slow-network', 'packet-loss', 'client-blackhole'],
];

const KNOWN_BAD = ['planned', 'bad-quorum', 'bad-priority', 'bad-down-after', 'bad-persistence'];

/** With a password, so that one can be wrong; a failover that fails at first is tried again soon. */
const VALUES = { redisPassword: 'a password', failoverTimeoutMs: 10_000 } as const;

const failoverTest = async (project: TestProject, ...flags: readonly string[]) => {
  const args = ['failover-test', ...flags, '--json'];
  const { code, out } = await stackctl(args, { cwd: project.folder, env: project.env });
  const { data } = JSON.parse(out) as { data: FailoverReport };
  const shown = data.runs.map((run) => ({
    ...{ scenario: run.scenario, verdict: run.verdict, outageMs: run.outageMs, resolutionMs: run.resolutionMs },
    ...{ acked: run.acked, lost: run.lost, switches: run.switches, twoMastersMs: run.twoMastersMs },
    ...{ fault: run.fault, seenBy: run.faultSeenBy, withinMs: run.faultWithinMs },
    reasons: run.reasons.join('; '),
  }));
  console.table(shown);
  console.table(
    data.runs.flatMap(({ scenario, clients = [] }) =>
      clients.map((one) => ({
        ...{ scenario, writer: one.title ?? one.name, outageMs: one.outageMs, acked: one.acked, lost: one.lost },
        ...{ unexplained: one.lostUnexplained, wentBack: one.wentBack },
      })),
    ),
  );
  return { code, data };
};

/**
 * What each run said of changes of the master is what the Sentinels themselves wrote down between its fault and the next one's: as
 * many, and the last one to the same server. One that was down meanwhile may have missed some; none has more.
 */
async function expectAsLogged(project: TestProject, runs: FailoverReport['runs']): Promise<void> {
  const logs = await switchesInLogs(project);
  const peers = new Map((await project.status()).instances.map(({ name, peer }) => [name, peer]));
  const rows = runs.map((run, index) => {
    const [from, until] = [run, runs[index + 1]].map((one) => (one === undefined ? Infinity : Date.parse(one.faultAt)));
    const ofEach = [...logs.values()].map((switches) =>
      switches.filter(({ at }) => at >= (from ?? 0) && at < (until ?? 0)),
    );
    const longest = ofEach.reduce((most, one) => (one.length > most.length ? one : most), []);
    return { scenario: run.scenario, said: run.switches, logged: longest.length, last: longest.at(-1)?.to ?? 'none' };
  });
  console.table(rows);
  expect(rows.map(({ scenario, logged }) => [scenario, logged])).toEqual(
    rows.map(({ scenario, said }) => [scenario, said]),
  );
  expect(rows.map(({ scenario, last }) => [scenario, last])).toEqual(
    runs.map(({ scenario, switches, newMaster }) => [scenario, switches === 0 ? 'none' : peers.get(newMaster ?? '')]),
  );
}

/** What only Valkey 9 has. */
const OF_VALKEY = ['planned-coordinated'];

const STACKS = {
  'redis-sentinel': { values: VALUES, env: {} },
  'valkey-sentinel': {
    values: { valkeyPassword: 'a password', failoverTimeoutMs: 10_000, valkeyImage: 'stackctl-test/valkey:9' },
    env: { STACKCTL_BIN_VALKEY_SERVER: VALKEY_9 },
  },
} as const;

const CASES = RUNTIMES.flatMap((runtime) =>
  (['redis-sentinel', 'valkey-sentinel'] as const).map((stack) => ({ runtime, stack })),
);

test.for(CASES)(
  'the whole matrix of $stack on $runtime: no scenario fails, and only what cannot be tried here is refused',
  { timeout: 3_600_000 },
  async ({ runtime, stack }, context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, stack, ...STACKS[stack] });
    await project.up();
    const { data } = await failoverTest(project, '--full', '--seed', '1', '--workload', 'all', '--max-outage', '30s');
    expect(
      data.runs.filter(({ verdict }) => verdict === 'fail').map(({ scenario, reasons }) => [scenario, reasons]),
    ).toEqual([]);
    expect(data.unfinished ?? []).toEqual([]);
    expect(data.verdict).toBe('pass');
    const told = [...data.runs, ...(data.refused ?? [])].map(({ scenario }) => scenario);
    const strange = [...KNOWN_BAD, ...(stack === 'redis-sentinel' ? OF_VALKEY : [])];
    expect(told.toSorted()).toEqual(SCENARIOS.filter((name) => !strange.includes(name)).toSorted());
    expect((data.refused ?? []).map(({ scenario }) => scenario)).toEqual(runtime === 'process' ? OF_NETWORKS : []);
    expect((await project.status()).healthy).toBe(true);
    await expectAsLogged(project, data.runs);
  },
);

describe.each(RUNTIMES)('on %s', (runtime) => {
  if (runtime === 'docker') {
    const what =
      'a client on the side of the cut-off master loses what that acknowledges, and no more than is explained';
    test(what, { timeout: 600_000 }, async (context) => {
      requireRuntime(context, runtime);
      await using project = await openTestProject({ runtime, values: VALUES });
      await project.up();
      const client = ['--client', 'raw?sentinel=sentinel-1'];
      const { data } = await failoverTest(project, '--scenario', 'partition-master', '--max-outage', '60s', ...client);
      const [run] = data.runs;
      expect(run?.oldMaster).toBe('redis-1');
      const [own] = run?.clients ?? [];
      console.log(JSON.stringify(own));
      expect(own?.lost).toBeGreaterThan(0);
      expect(own?.lostUnexplained).toBe(0);
      expect((await project.status()).healthy).toBe(true);
    });
  }

  test('set-ups that are known to be bad are found', { timeout: 3_600_000 }, async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: VALUES });
    await project.up();
    const { code, data } = await failoverTest(project, '--self-test', '--seed', '1');
    expect(data.runs.map(({ scenario, verdict }) => `${scenario} ${verdict}`)).toEqual(
      KNOWN_BAD.map((scenario) => `${scenario} fail`),
    );
    expect([code, data.verdict]).toEqual([0, 'pass']);
    expect((await project.status()).healthy).toBe(true);
  });
});
