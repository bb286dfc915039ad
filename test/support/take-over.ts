/** Projects of the first version go on under this one: data, ports, masters, passwords and ledgers stay. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { StatusView } from '../../src/lifecycle/status.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { STACKCTL } from './cli.ts';
import { FIRST_VERSION, programOf } from './earlier-version.ts';
import { FAST, ok, openTestProject, portOf, type TestProject, withRole } from './project.ts';
import { askSentinel, type Endpoint, missingKeys, writeKeys } from './redis-side.ts';
import { RUNTIMES, requireRuntime } from './require.ts';
import { failOver } from './steps.ts';

/** Stack -> queries of its stores and ledgers, each as the words after `stackctl cli`. */
const STORES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'redis-sentinel': [],
  analytics: [
    ['timescaledb', '-Atc', 'SELECT name, checksum FROM stackctl.migrations ORDER BY name LIMIT 5'],
    ['timescaledb', '-Atc', 'SELECT count(*), count(DISTINCT event_id) FROM events'],
  ],
  'event-tracking': [['redis', 'ZCARD', 'sentinel:events']],
  'cache-api': [],
  'email-timing': [
    ['postgres', '-Atc', 'SELECT name, checksum FROM stackctl.migrations ORDER BY name'],
    ['clickhouse', '--query', 'SELECT DISTINCT name, checksum FROM sendflowr.stackctl_migrations ORDER BY name'],
    ['clickhouse', '--query', 'SELECT count() FROM sendflowr.email_events'],
  ],
};
/** Their Redis is a cache that keeps nothing over a restart, as the stack declares it. */
const FORGETFUL = ['email-timing'];

/** How the first version leaves a project behind. */
export type Left = 'running' | 'down';

/** Declares a test of each way for each runtime: the first version fills a project of the stack, this one goes on with it. */
export function testTakeOver(stack: string, ways: readonly Left[], runtimes: readonly RuntimeName[] = RUNTIMES): void {
  let first: string;
  beforeAll(async () => {
    first = await programOf(FIRST_VERSION);
  });

  describe.each(runtimes)(`${stack} on %s`, (runtime) => {
    test.for(ways)('is taken over while it is %s', async (way, context) => {
      requireRuntime(context, runtime);
      await using project = await openFirst(first, stack, runtime);
      await (way === 'running' ? takeOverRunning(project, stack) : takeOverDown(project, stack));
      ok(await project.json(['down', '--volumes', '--yes']));
      expect(await project.leftovers()).toEqual([]);
    });
  });
}

async function takeOverRunning(project: TestProject, stack: string): Promise<void> {
  const { keys, state } = await fill(project, stack);
  project.use(STACKCTL);
  expectKept(await stateOf(project, stack), state);
  const { data } = ok(await project.json(['up']));
  // It says what it changed: every process or container that is another one now, with the cause.
  const steps: readonly { readonly instance: string; readonly cause: string }[] = data.steps;
  expect(steps.map(({ instance }) => instance).toSorted()).toEqual(replacedIn(state.instances, data));
  for (const { cause } of steps) expect(cause).toMatch(/\w/);
  const replaced = new Set(steps.map(({ instance }) => instance));
  const isHandedOver =
    stack === 'redis-sentinel' && state.instances.some((one) => one.role === 'master' && replaced.has(one.name));
  await expectAllThere(project, stack, { keys, state }, isHandedOver);
  expect(ok(await project.json(['up'])).data.steps, 'a second one has nothing to do').toEqual([]);
}

async function takeOverDown(project: TestProject, stack: string): Promise<void> {
  const filled = await fill(project, stack);
  ok(await project.json(['down']));
  project.use(STACKCTL);
  expect(ok(await project.json(['up'])).data).toMatchObject({ healthy: true });
  await expectAllThere(project, stack, filled);
}

/** A project that the first version is used on. Its passwords are generated, so they are in no file but its own. */
async function openFirst(first: string, stack: string, runtime: RuntimeName): Promise<TestProject> {
  const values = stack === 'redis-sentinel' ? FAST : {};
  const files = { 'stackctl.yaml': `stack: ${stack}\nprofile: production\n` };
  const project = await openTestProject({ stack, runtime, values, files });
  project.use(first);
  return project;
}

interface Filled {
  readonly keys: readonly string[];
  readonly state: State;
}

/** Brings it up and gives it something to lose: data, and where there are Sentinels a master that was elected. */
async function fill(project: TestProject, stack: string): Promise<Filled> {
  await project.up();
  if (stack === 'redis-sentinel') await failOver(project, (await secretsOf(project)).REDIS_PASSWORD);
  else ok(await project.json(['seed', 'traffic', '--count', '200']));
  const keys = FORGETFUL.includes(stack) ? [] : await writeKeys(await masterOf(project), 'kept', 500);
  return { keys, state: await stateOf(project, stack) };
}

/** @param isHandedOver another server has become the master, by a decision that is newer than the one before. */
async function expectAllThere(
  project: TestProject,
  stack: string,
  { keys, state }: Filled,
  isHandedOver = false,
): Promise<void> {
  const now = await stateOf(project, stack);
  if (isHandedOver) expect(now.epoch).toBeGreaterThan(state.epoch);
  expectKept(isHandedOver ? { ...now, roles: state.roles, epoch: state.epoch } : now, state);
  if (keys.length > 0) expect(await missingKeys(await masterOf(project), keys)).toEqual([]);
  if (stack === 'redis-sentinel') return;
  const { data } = ok(await project.json(['seed', 'traffic', '--count', '100']));
  expect(data).toMatchObject({ acked: 100, verified: true });
}

interface State {
  readonly instances: StatusView['instances'];
  /**
   * Instance -> its address on this machine. Left out are those behind a gateway, whose own ports are Docker's choice of a
   * range each time that a container is made; the gateway's stays.
   */
  readonly clients: Readonly<Record<string, string>>;
  /** Instance -> master, replica, primary, …; undefined where a kind has no roles. */
  readonly roles: Readonly<Record<string, string | undefined>>;
  /** Passwords and tokens as `stackctl env` reveals them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly epoch: number;
  readonly stores: readonly string[];
}

async function stateOf(project: TestProject, stack: string): Promise<State> {
  const { instances, services } = await project.status();
  const own = instances.filter(({ service }) =>
    services.some(({ name, through }) => name === service && through === null),
  );
  const stores: string[] = [];
  for (const words of STORES[stack] ?? []) {
    const read = await project.run(['cli', ...words]);
    expect(read).toMatchObject({ code: 0 });
    stores.push(read.out.trim());
  }
  return {
    instances,
    clients: Object.fromEntries(own.map(({ name, client }) => [name, client])),
    roles: Object.fromEntries(instances.map(({ name, role }) => [name, role ?? undefined])),
    secrets: await secretsOf(project),
    epoch: stack === 'redis-sentinel' ? await epochOf(project) : 0,
    stores,
  };
}

function expectKept(now: State, before: State): void {
  const kept = ({ instances: _, ...rest }: State) => rest;
  expect(kept(now)).toEqual(kept(before));
}

/** Instances that run as another process or container than before. */
function replacedIn(before: StatusView['instances'], { instances }: StatusView): readonly string[] {
  const started = new Map(before.map(({ name, pid, containerId }) => [name, pid ?? containerId]));
  return instances
    .filter(({ name, pid, containerId }) => started.get(name) !== (pid ?? containerId))
    .map(({ name }) => name)
    .toSorted();
}

async function masterOf(project: TestProject): Promise<Endpoint> {
  return endpoint(portOf(withRole(await project.status(), 'master')), (await secretsOf(project)).REDIS_PASSWORD);
}

async function epochOf(project: TestProject): Promise<number> {
  const { SENTINEL_PASSWORD } = await secretsOf(project);
  return (await askSentinel(endpoint(project.ports.sentinel, SENTINEL_PASSWORD))).epoch;
}

function endpoint(port: number, password: string | undefined): Endpoint {
  return { port, ...(password === undefined ? {} : { password }) };
}

async function secretsOf(project: TestProject): Promise<Readonly<Record<string, string>>> {
  const { out } = await project.run(['env', '--format', 'json']);
  const all = Object.entries(JSON.parse(out) as Record<string, string>);
  return Object.fromEntries(all.filter(([name]) => /PASSWORD|AUTH|TOKEN|SECRET|KEY/.test(name)));
}
