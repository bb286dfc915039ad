import { describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { ioredisOptions, startWriter } from '../support/client-side.ts';
import { freePorts } from '../support/free-ports.ts';
import { SCALE_LINES } from '../support/guide-lines.ts';
import { ok, openTestProject, PATIENT, portOf, type TestProject, withRole } from '../support/project.ts';
import { ask, missingKeys, roleOf } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { foundDown, untilHealthy } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

const GROUP = 'kasagi-master';
/** How often a Sentinel asks its servers by itself. */
const INFO_PERIOD_MS = 10_000;

describe.each(gateRuntimes('process'))('%s', (runtime) => {
  test('five and back to three: the master that goes hands over, and nobody remembers who left', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openProjectWithRoom(runtime);
    const before = await project.up();
    await expectRefusal(project, 'sentinel=1', 'quorum is 2');
    await expectRefusal(project, 'redis=1', 'minReplicasToWrite');

    const large: StatusView = ok(await project.json(wordsOf(SCALE_LINES.five))).data;
    expect(large.instances.map(({ name }) => name)).toEqual([...names('redis', 5), ...names('sentinel', 5)]);
    expect(large.healthy).toBe(true);
    expect(identities(large, before)).toEqual(identities(before, before));

    const leaving = await makeMaster(project, large, 'redis-5');
    const writer = startWriter(await ioredisOptions(project), 'while-scaling');
    const small = ok(await project.json(wordsOf(SCALE_LINES.three))).data;
    const acked = await writer.stop();

    expect(small.figures).toMatchObject({ lost: 0, phantom: 0, duplicates: 0, misclassified: 0 });
    expect(await foundDown(project)).toEqual([]);
    expect(small).toMatchObject({ healthy: true, removed: expect.arrayContaining(['redis-5', 'redis-4']) });
    expect(small.instances.map(({ name }: { name: string }) => name)).toEqual([
      ...names('redis', 3),
      ...names('sentinel', 3),
    ]);
    const master = withRole(small, 'master');
    expect(master.name).not.toBe(leaving);
    expect(acked.length).toBeGreaterThan(100);
    expect(await missingKeys(portOf(master), acked)).toEqual([]);
    for (const { port, replicas, sentinels } of await memberships(small)) {
      expect({ port, replicas }).toEqual({ port, replicas: peers(small, 'replica') });
      expect({ port, sentinels: sentinels.length }).toEqual({ port, sentinels: 2 });
    }
    expect(identities(small, small)).toEqual(identities(before, before));
  });
});

/** With free ports behind those of each service. */
async function openProjectWithRoom(runtime: RuntimeName): Promise<TestProject> {
  const redisPort = await freePorts(12);
  return openTestProject({ runtime, values: { ...PATIENT, redisPort, sentinelPort: redisPort + 6 } });
}

async function expectRefusal(project: TestProject, target: string, reason: string): Promise<void> {
  const { code, error } = await project.json(['scale', target]);
  expect({ code, error }).toMatchObject({ code: 1, error: { code: 'E_SCALE_REFUSED' } });
  expect(error?.message).toContain(reason);
}

/** What is typed after the name of the program. */
function wordsOf(line: string): readonly string[] {
  return line.split(' ').slice(1);
}

function names(service: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${service}-${index + 1}`);
}

/** Process or container of each instance that both have. */
function identities(view: StatusView, known: StatusView) {
  const there = new Set(known.instances.map(({ name }) => name));
  return view.instances
    .filter(({ name }) => there.has(name))
    .map(({ name, pid, containerId, startedAt }) => ({ name, pid, containerId, startedAt }));
}

/** Prefers this replica by its priority, and has a Sentinel fail over as soon as it knows. */
async function makeMaster(project: TestProject, view: StatusView, name: string): Promise<string> {
  const instance = view.instances.find((one) => one.name === name);
  const sentinels = view.instances.filter(({ role }) => role === 'sentinel');
  const [sentinel] = sentinels;
  if (instance === undefined || sentinel === undefined) throw new Error(`no ${name}`);
  const askForNews = (everyMs: number) =>
    Promise.all(sentinels.map((one) => ask(portOf(one), 'SENTINEL', 'DEBUG', 'info-period', String(everyMs))));
  const port = portOf(instance);
  await askForNews(500);
  const before = String(((await ask(port, 'CONFIG', 'GET', 'replica-priority')) as string[])[1]);
  await ask(port, 'CONFIG', 'SET', 'replica-priority', '1');
  await waitFor(`Sentinel to know the priority of ${name}`, async () => {
    const replicas = await members(portOf(sentinel), 'REPLICAS');
    return replicas.some((one) => addressOf(one) === instance.peer && one.get('slave-priority') === '1');
  });
  await ask(portOf(sentinel), 'SENTINEL', 'FAILOVER', GROUP);
  // Sentinel closes every client's connection when it reconfigures a server: what is in flight then is asked again.
  await waitFor(`${name} as master`, async () => (await roleOf(port).catch(() => '')) === 'master');
  await waitFor('its old priority', () =>
    ask(port, 'CONFIG', 'SET', 'replica-priority', before).then(Boolean, () => false),
  );
  await untilHealthy(project);
  await askForNews(INFO_PERIOD_MS);
  return name;
}

async function memberships(view: StatusView) {
  return Promise.all(
    view.instances
      .filter(({ role }) => role === 'sentinel')
      .map(async ({ client }) => {
        const port = portOf({ client });
        return {
          port,
          replicas: (await members(port, 'REPLICAS')).map(addressOf).sort(),
          sentinels: await members(port, 'SENTINELS'),
        };
      }),
  );
}

function peers(view: StatusView, role: string): readonly string[] {
  return view.instances
    .filter((one) => one.role === role)
    .map(({ peer }) => peer)
    .sort();
}

async function members(port: number, list: 'REPLICAS' | 'SENTINELS'): Promise<readonly ReadonlyMap<string, string>[]> {
  const entries = (await ask(port, 'SENTINEL', list, GROUP)) as readonly (readonly string[])[];
  return entries.map((flat) => new Map(flat.flatMap((key, at) => (at % 2 === 0 ? [[key, flat[at + 1] ?? '']] : []))));
}

function addressOf(member: ReadonlyMap<string, string>): string {
  return `${member.get('ip')}:${member.get('port')}`;
}
