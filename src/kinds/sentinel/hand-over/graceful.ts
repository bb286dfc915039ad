import type { Redis } from 'ioredis';
import { withRedis } from '../../../clients/redis/connect.ts';
import type { RedisTarget } from '../../../clients/redis/target.ts';
import { StackctlError } from '../../../errors.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { askAll } from '../ask.ts';
import { askToFailOver } from '../ask-to-fail-over.ts';
import { memberTarget } from '../group.ts';
import { instanceAt, monitoredService } from '../monitored.ts';
import type { SentinelOptions } from '../options.ts';
import { bar, noneWouldChoose, unbar } from './bar.ts';
import { type Choice, SMALL_LAG_BYTES } from './choose.ts';
import { leftOutText, whatIsSilent } from './pre-flight.ts';
import { type Replication, replicationOf } from './replication.ts';
import { currentMaster, untilAgreed } from './stock.ts';
import type { Heard, Moved } from './way.ts';

type Input = ServiceInput<SentinelOptions>;

const TIMEOUT_MS = 1000;
/**
 * From the moment at which a Sentinel is asked. The pause ends by itself after this, also when this program has died: by then
 * the Sentinels have made the old master a replica, which takes them some 11 s. With a shorter one it would acknowledge writes
 * in between, and lose them.
 */
const PAUSE_MS = 15_000;

/**
 * Stock SENTINEL FAILOVER loses what the old master acknowledges until it is demoted (about 11 s). So writes are paused
 * first, and the failover starts only when every candidate has all of them; the old master is made a replica
 * of the new one at once, while its clients still wait; Sentinel itself would do that up to 10 s later.
 *
 * The pause has to be short: it also holds back the messages that Sentinels publish on the master, and with them their
 * pings. After down-after they take a paused master for a dead one. So replicas that are far behind catch up first, and while
 * nothing is decided yet the pause is no longer than half of down-after.
 * @throws E_NOT_READY when no other server can take over in time; writes go on as before.
 */
export async function graceful(
  input: Input,
  { to, avoid }: Choice,
  { onStep, onWarning }: Heard,
  signal: AbortSignal,
): Promise<Moved> {
  const silent = await whatIsSilent(input);
  const from = await currentMaster(input, signal);
  const others = monitoredService(input).instances.filter(({ name }) => name !== from.name);
  const [absent, present] = parted(others, (one) => silent.some(({ instance }) => instance.name === one.name));
  const [candidates, barred] = parted(
    present,
    ({ name }) => (to === undefined || name === to.name) && !avoid.some((one) => one.name === name),
  );
  if (candidates.length === 0) throw nobody(from, absent);
  for (const one of silent) onWarning(leftOutText(input, one));
  const sentinels = input.service.instances.filter(
    ({ name }) => !silent.some(({ instance }) => instance.name === name),
  );
  const priorities = new Map<Instance, string>();
  try {
    await bar(input, barred, priorities);
    await poll(() => noneWouldChoose(input, sentinels, [...barred, ...absent]), { everyMs: 200, signal });
    await poll(() => caughtUp(input, from, candidates, SMALL_LAG_BYTES), { everyMs: 200, signal });
    await moveWhilePaused(input, { from, candidates, onStep }, signal);
    onStep('agree');
    await untilAgreed(input, from, signal);
  } finally {
    await unbar(input, priorities);
  }
  return { from, leftOut: silent.map(({ instance }) => instance.name) };
}

function parted<T>(all: readonly T[], belongs: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

interface Move {
  readonly from: Instance;
  readonly candidates: readonly Instance[];
  readonly onStep: (step: HandOverStep) => void;
}

async function moveWhilePaused(input: Input, { from, candidates, onStep }: Move, signal: AbortSignal): Promise<void> {
  const half = Math.floor(input.service.options.downAfterMs / 2);
  onStep('pause');
  try {
    await pause(input, from, half);
    onStep('catch-up');
    await untilCaughtUp(input, from, candidates, deadline(half, signal));
    await pause(input, from, PAUSE_MS);
    // The first pause may have run out before the second one began.
    await untilCaughtUp(input, from, candidates, deadline(half, signal));
    onStep('promote');
    await askToFailOver(input, 'E_NOT_READY', signal);
    const paused = deadline(PAUSE_MS / 2, signal);
    const to = await poll(() => promoted(input, from), { everyMs: 50, signal: paused }).catch((error) => {
      throw isTimeout(error) ? notPromoted(from) : error;
    });
    onStep('follow');
    await withRedis(target(input, from), (client) => client.replicaof(to.peer.host, to.peer.port));
  } finally {
    // On a connection of its own: Sentinel closes all others when it reconfigures a server. Without this a
    // failed hand-over would leave a pause, which is an outage.
    await withRedis(target(input, from), (client) => client.call('CLIENT', 'UNPAUSE')).catch(() => undefined);
  }
  onStep('resume');
  await withRedis(target(input, from), disconnectClients);
}

/** Of writes. A longer one that is running is not made shorter. */
async function pause(input: Input, from: Instance, forMs: number): Promise<void> {
  await withRedis(target(input, from), (client) => client.call('CLIENT', 'PAUSE', String(forMs), 'WRITE'));
}

async function untilCaughtUp(
  input: Input,
  from: Instance,
  candidates: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  await poll(() => caughtUp(input, from, candidates, 0), { everyMs: 20, signal }).catch((error) => {
    throw isTimeout(error) ? tooFarBehind(from) : error;
  });
}

/** Whether every candidate is a replica that has all but `lagBytes` of what the master has written. */
async function caughtUp(
  input: Input,
  from: Instance,
  candidates: readonly Instance[],
  lagBytes: number,
): Promise<true | undefined> {
  const wanted = (await replication(input, from)).offset - lagBytes;
  const replicas = await Promise.all(candidates.map((instance) => replication(input, instance)));
  const ready = replicas.every(({ isLinked, offset }) => isLinked && offset >= wanted);
  return replicas.length > 0 && ready ? true : undefined;
}

function replication(input: Input, instance: Instance): Promise<Replication> {
  return withRedis(target(input, instance), (client) => replicationOf({ instance, client }));
}

/** The Sentinel that leads the failover names the new master last, when all replicas follow it: a majority is enough. */
async function promoted(input: Input, from: Instance): Promise<Instance | undefined> {
  const named = (await askAll(input)).map(({ address }) => instanceAt(input, address)?.name);
  const others = named.filter((name) => name !== undefined && name !== from.name);
  const [name] = others;
  const majority = Math.floor(input.service.instances.length / 2) + 1;
  if (others.length < majority || others.some((other) => other !== name)) return undefined;
  return monitoredService(input).instances.find((instance) => instance.name === name);
}

function nobody(from: Instance, absent: readonly Instance[]): StackctlError {
  const silent = absent.length === 0 ? '' : ` (${absent.map(({ name }) => name).join(', ')}: no answer)`;
  return new StackctlError('E_NOT_READY', `no other server may take over from ${from.name}${silent}`, {
    hint: 'Nothing was changed. See the servers and their roles: stackctl status',
  });
}

function notPromoted(from: Instance): StackctlError {
  return new StackctlError('E_NOT_READY', `no replica took over from ${from.name} within ${PAUSE_MS / 2} ms`, {
    hint: 'See who is the master with `stackctl status`, and what the Sentinels say with `stackctl logs sentinel`.',
  });
}

function tooFarBehind(from: Instance): StackctlError {
  return new StackctlError('E_NOT_READY', `no hand-over: the replicas do not catch up with ${from.name}`, {
    hint: 'Nothing was changed. See their lag with `stackctl status`, and try again with less load.',
  });
}

/** Clients look for the new master only when they lose their connection to the old one. */
async function disconnectClients(master: Redis): Promise<void> {
  await master.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await master.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}

function target(input: Input, instance: Instance): RedisTarget {
  return memberTarget(input, instance, TIMEOUT_MS);
}
