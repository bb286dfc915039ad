import { expect, test } from 'vitest';
import type { Check } from '../../src/doctor/facts.ts';
import { openTestProject, portOf, type TestProject } from '../support/project.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { ask } from '../support/redis-side.ts';
import { requireRuntime } from '../support/require.ts';
import { instanceIn, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

// Of the server that the test starts beside the project.
const PASSWORD = 'redis-pass';
const GROUP = 'kasagi-master';
const SENTINELS = ['sentinel-1', 'sentinel-2', 'sentinel-3'];

/** Everything is broken as a person would break it, and mended by the commands that doctor gives. */
test('what is wrong with a group is named with its figures, and the command beside it mends it', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({
    runtime: 'process',
    values: { redisPassword: PASSWORD, downAfterMs: 2000 },
  });
  const up = await project.up();
  expect(up.instances.flatMap(({ degraded }) => degraded)).toEqual([]);
  expect((await project.run(['health'])).out).toContain('a failover could happen now: yes, to redis-2 or redis-3');
  expect(await findings(project)).toEqual([]);

  const tell = (name: string, command: string, ...args: readonly string[]) =>
    ask(
      { port: portOf(instanceIn(up, name)), ...(name.startsWith('redis') && { password: PASSWORD }) },
      command,
      ...args,
    );
  const tellSentinels = (...args: readonly string[]) =>
    Promise.all(SENTINELS.map((name) => tell(name, 'SENTINEL', ...args)));

  for (const name of ['redis-2', 'redis-3']) await tell(name, 'CONFIG', 'SET', 'replica-priority', '0');
  await tellSentinels('SET', GROUP, 'quorum', '4');
  await tell('sentinel-2', 'SENTINEL', 'SET', GROUP, 'down-after-milliseconds', '300');
  await tell('redis-1', 'CONFIG', 'SET', 'save', '');
  await tell('redis-1', 'CONFIG', 'SET', 'appendonly', 'no');
  await mended(
    project,
    /every replica has replica-priority 0.*redis-2, redis-3/,
    /no failover could happen now: .*3 of 3 Sentinels.*quorum 4, majority 2.*no replica may be promoted/,
    /sentinel-1: can lead no failover: quorum 4 cannot be reached with 3 Sentinels/,
    /sentinel-2: down-after-milliseconds is 300 here, 2000 at sentinel-1, 2000 at sentinel-3/,
    /sentinel-2: down-after-milliseconds 300 is below 1500/,
    /redis-1: persistence is off \(save "", appendonly no\)/,
  );

  await tell('redis-2', 'CONFIG', 'SET', 'min-replicas-to-write', '0');
  await tell('redis-2', 'REPLICAOF', 'NO', 'ONE');
  await mended(
    project,
    /redis-2: min-replicas-to-write is 0, the stack declares 1/,
    /redis-2: says that it is master and takes writes that are lost.*the Sentinels name redis-1 \(epoch 0\)/,
  );

  await tellSentinels('DEBUG', 'info-period', '500');
  const master = String(portOf(instanceIn(up, 'redis-1')));
  await using stranger = await startRedisServer('--masterauth', PASSWORD, '--replicaof', '127.0.0.1', master);
  const { port } = stranger.endpoint;
  await named(project, new RegExp(`knows a replica 127.0.0.1:${port} .* could promote it, .*natMap`));
  await stranger.kill();
  const gone = new RegExp(`sentinel-1: remembers a replica 127.0.0.1:${port} `);
  await whileFrozen(project, ['sentinel-2', 'sentinel-3'], async () => {
    await named(project, gone, /sentinel-1: can lead no failover: it reaches 1 of 3 Sentinels.*quorum 2, majority 2/);
    expect((await project.run(['health'])).out).toContain('a failover could happen now: no');
  });
  await mended(project, gone, /sentinel-2: is in TILT mode/, /1 of the 2 .* in TILT mode: sentinel-2, sentinel-3/);
});

/** What doctor says of the settings and the services that is not well. */
async function findings(project: TestProject): Promise<readonly Check[]> {
  const { data } = await project.json(['doctor']);
  return (data.checks as readonly Check[]).filter(
    ({ area, verdict }) => (area === 'services' || area === 'settings') && verdict !== 'ok',
  );
}

async function named(project: TestProject, ...texts: readonly RegExp[]): Promise<readonly Check[]> {
  let last: readonly Check[] = [];
  try {
    return await waitFor(String(texts), async () => {
      last = await findings(project);
      return texts.every((text) => last.some(({ fact }) => text.test(fact))) && last;
    });
  } catch (error) {
    throw new Error(`${error}; said: ${JSON.stringify(last, null, 1)}`);
  }
}

/** Names these, and the commands beside the findings end them all. */
async function mended(project: TestProject, ...texts: readonly RegExp[]): Promise<void> {
  let left = await named(project, ...texts);
  await waitFor(`the end of ${texts}`, async () => {
    const fixes = [...new Set(left.map((check) => check.fix ?? ''))];
    for (const fix of fixes.filter((one) => one.startsWith('stackctl cli '))) await project.run(wordsOf(fix));
    // All restarts in one go: one after the other they take three times as long.
    const names = fixes.flatMap((fix) => (fix.startsWith('stackctl restart ') ? wordsOf(fix).slice(1) : []));
    if (names.length > 0) await project.run(['restart', ...names, '--no-measure']);
    left = await findings(project);
    return left.length === 0;
  });
  await untilHealthy(project);
}

function wordsOf(command: string): readonly string[] {
  return command.split(' ').slice(1);
}

async function whileFrozen(project: TestProject, names: readonly string[], use: () => Promise<void>): Promise<void> {
  const view = await project.status();
  const pids = names.flatMap((name) => instanceIn(view, name).pid ?? []);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await use();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}
