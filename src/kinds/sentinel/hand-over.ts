import type { Redis } from 'ioredis';
import { connectRedis, disconnect, parseInfo, withRedis } from '../../clients/redis/connect.ts';
import { type MasterView, memberViews } from '../../clients/redis/sentinel.ts';
import { StackctlError } from '../../errors.ts';
import { poll } from '../../lib/poll.ts';
import type { Secret } from '../../lib/secret.ts';
import type { ServiceInput } from '../../stack/kind.ts';
import { formatAddress, type Instance, type RecordedPrimary } from '../../stack/model.ts';
import { askAll, askPrimary, withSentinel } from './ask.ts';
import { instanceAt } from './directory.ts';
import { monitoredService } from './monitored.ts';
import type { SentinelOptions } from './options.ts';

type Input = ServiceInput<SentinelOptions>;

const TIMEOUT_MS = 1000;
/** Upper bound of the pause: it ends by itself when this program dies half way. */
const PAUSE_MS = 15_000;

/**
 * Stock SENTINEL FAILOVER loses what the old master acknowledges until it is demoted (about 11 s). So writes are paused
 * first, and the failover starts only when every candidate has all of them; the old master is told to follow the new
 * one at once, while its clients still wait, instead of after the 10 s in which Sentinel would notice.
 */
export async function handOver(
  input: Input,
  avoid: readonly Instance[],
  signal: AbortSignal,
): Promise<RecordedPrimary> {
  const from = await currentMaster(input, signal);
  const candidates = monitoredService(input).instances.filter(
    (instance) => instance.name !== from.name && !avoid.some(({ name }) => name === instance.name),
  );
  const barred = avoid.filter(({ name }) => name !== from.name);
  const priorities = await bar(input, barred);
  try {
    await poll(() => sentinelsKnowBarred(input, barred), { everyMs: 200, signal });
    const master = await connect(input, from);
    try {
      await master.call('CLIENT', 'PAUSE', String(PAUSE_MS), 'WRITE');
      await poll(() => caughtUp(input, master, candidates), { everyMs: 20, signal });
      await startFailover(input);
      const to = await poll(() => agreedOnOther(input, from), { everyMs: 50, signal });
      await master.replicaof(to.peer.host, to.peer.port);
      await master.call('CLIENT', 'UNPAUSE');
      await disconnectClients(master);
    } finally {
      // A pause that outlives a failed hand-over would be an outage of its own.
      await unpause(master);
      disconnect(master);
    }
  } finally {
    await unbar(input, priorities);
  }
  const primary = await askPrimary(input, signal);
  if (primary === undefined) throw new StackctlError('E_NOT_READY', 'no Sentinel answers after the hand-over');
  return primary;
}

async function currentMaster(input: Input, signal: AbortSignal): Promise<Instance> {
  const primary = await askPrimary(input, signal);
  const master = monitoredService(input).instances.find(({ name }) => name === primary?.instance);
  if (master !== undefined) return master;
  throw new StackctlError('E_NOT_READY', 'no Sentinel names a master to hand over from', { hint: 'stackctl status' });
}

/** Sets the priority of instances that must not be promoted to 0. Returns what it was, for `unbar`. */
async function bar(input: Input, instances: readonly Instance[]): Promise<ReadonlyMap<Instance, string>> {
  const before = new Map<Instance, string>();
  for (const instance of instances) {
    await withRedis(target(input, instance), async (client) => {
      const [, priority] = (await client.config('GET', 'replica-priority')) as string[];
      before.set(instance, priority ?? '100');
      await client.config('SET', 'replica-priority', '0');
    });
  }
  return before;
}

/** Sentinel chooses by the priorities of its last INFO, which is up to 10 s old. */
async function sentinelsKnowBarred(input: Input, barred: readonly Instance[]): Promise<true | undefined> {
  const addresses = new Set(barred.map(({ peer }) => formatAddress(peer)));
  const replicas = await Promise.all(
    input.service.instances.map((sentinel) =>
      withSentinel(input, sentinel, (client) => memberViews(client, 'REPLICAS', input.service.options.masterName)),
    ),
  );
  const eligible = replicas.flat().some(({ address, priority }) => addresses.has(address) && priority > 0);
  return eligible ? undefined : true;
}

async function unbar(input: Input, priorities: ReadonlyMap<Instance, string>): Promise<void> {
  for (const [instance, priority] of priorities) {
    await withRedis(target(input, instance), (client) => client.config('SET', 'replica-priority', priority));
  }
}

async function caughtUp(input: Input, master: Redis, candidates: readonly Instance[]): Promise<true | undefined> {
  const wanted = Number(parseInfo(await master.info('replication')).get('master_repl_offset'));
  const offsets = await Promise.all(
    candidates.map((instance) =>
      withRedis(target(input, instance), async (client) =>
        Number(parseInfo(await client.info('replication')).get('slave_repl_offset')),
      ),
    ),
  );
  return offsets.length > 0 && offsets.every((offset) => offset >= wanted) ? true : undefined;
}

async function startFailover(input: Input): Promise<void> {
  const [first] = input.service.instances;
  if (first === undefined) throw new Error('a sentinel service without instances');
  await withSentinel(input, first, (client) => client.call('SENTINEL', 'FAILOVER', input.service.options.masterName));
}

async function agreedOnOther(input: Input, from: Instance): Promise<Instance | undefined> {
  const views = await askAll(input);
  const agreed = views.length > 0 && views.every((view: MasterView) => view.address === views[0]?.address);
  const to = agreed ? instanceAt(input, views[0]?.address ?? '') : undefined;
  return to === undefined || to.name === from.name ? undefined : to;
}

/** Clients that still hold a connection learn of the new master only by losing it. */
async function disconnectClients(master: Redis): Promise<void> {
  await master.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await master.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}

async function unpause(master: Redis): Promise<void> {
  if (master.status === 'ready') await master.call('CLIENT', 'UNPAUSE');
}

function connect(input: Input, instance: Instance): Promise<Redis> {
  return connectRedis(target(input, instance));
}

function target(input: Input, instance: Instance) {
  const monitored = monitoredService(input);
  const password: Secret | undefined = monitored.kind.replicated?.password({ stack: input.stack, service: monitored });
  return { address: instance.client, password, timeoutMs: TIMEOUT_MS };
}
