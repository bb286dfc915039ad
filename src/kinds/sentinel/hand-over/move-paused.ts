import type { Redis } from 'ioredis';
import type { MasterView } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import { deadline, poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { askAll, askEach } from '../ask.ts';
import { askToFailOver } from '../ask-to-fail-over.ts';
import { instanceAt, monitoredService } from '../monitored.ts';
import type { SentinelOptions } from '../options.ts';
import { onServer, untilCaughtUp } from './catch-up.ts';

type Input = ServiceInput<SentinelOptions>;

/**
 * From the moment at which a Sentinel is asked. The pause ends by itself after this, also when this program has died: by then
 * the Sentinels have made the old master a replica, which takes them some 11 s. With a shorter one it would acknowledge writes
 * in between, and lose them. While the Sentinels take longer it is made longer.
 */
const PAUSE_MS = 15_000;

export interface Move {
  readonly from: Instance;
  readonly candidates: readonly Instance[];
  readonly onStep: (step: HandOverStep) => void;
}

/** Writes wait while the Sentinels fail over to one of the candidates, which have them all by then. */
export async function moveWhilePaused(
  input: Input,
  { from, candidates, onStep }: Move,
  signal: AbortSignal,
): Promise<void> {
  const half = Math.floor(input.service.options.downAfterMs / 2);
  let isAsked = false;
  let leader: Instance | undefined;
  let isDemoted = false;
  onStep('pause');
  try {
    await pause(input, from, half);
    onStep('catch-up');
    await untilCaughtUp(input, from, candidates, deadline(half, signal));
    await pause(input, from, PAUSE_MS);
    // The first pause may have run out before the second one began.
    await untilCaughtUp(input, from, candidates, deadline(half, signal));
    onStep('promote');
    isAsked = true;
    leader = await askToFailOver(input, 'E_NOT_READY', signal);
    const to = await untilPromoted(input, { from, leader }, signal);
    onStep('follow');
    await onServer(input, from, (client) => client.replicaof(to.peer.host, to.peer.port));
    isDemoted = true;
  } finally {
    // What the old master acknowledged while a failover is under way would be lost.
    if (!isAsked || isDemoted || (await noneFailsOver(input, from, leader))) await unpause(input, from);
  }
  onStep('resume');
  await onServer(input, from, disconnectClients);
}

/** @throws E_NOT_READY when the Sentinels have given it up. */
function untilPromoted(
  input: Input,
  { from, leader }: { readonly from: Instance; readonly leader: Instance },
  signal: AbortSignal,
): Promise<Instance> {
  let renewAt = performance.now() + PAUSE_MS / 2;
  return poll(
    async () => {
      const to = await promoted(input, from);
      if (to !== undefined) return to;
      if (performance.now() >= renewAt) {
        await pause(input, from, PAUSE_MS);
        renewAt = performance.now() + PAUSE_MS / 2;
      }
      if (await noneFailsOver(input, from, leader)) throw givenUp(from);
      return undefined;
    },
    { everyMs: 50, signal },
  );
}

/**
 * A majority says that the old master is the master, and none leads a failover: a server that was promoted is made a replica
 * again. The Sentinel that was asked to lead it must be among them; where that is not known, all must.
 */
async function noneFailsOver(input: Input, from: Instance, leader: Instance | undefined): Promise<boolean> {
  const { instances } = input.service;
  const answers = await askEach(input);
  const isHeard =
    leader === undefined
      ? answers.length === instances.length
      : answers.length > instances.length / 2 && answers.some(({ sentinel }) => sentinel.name === leader.name);
  const isAsBefore = ({ address, flags }: MasterView): boolean =>
    instanceAt(input, address)?.name === from.name && !flags.includes('failover_in_progress');
  return isHeard && answers.every(({ view }) => isAsBefore(view));
}

/**
 * On a connection of its own: Sentinel closes all others when it reconfigures a server. Without this a failed hand-over
 * would leave a pause, which is an outage.
 */
async function unpause(input: Input, from: Instance): Promise<void> {
  await onServer(input, from, (client) => client.call('CLIENT', 'UNPAUSE')).catch(() => undefined);
}

/** Of writes. A longer one that is running is not made shorter. */
async function pause(input: Input, from: Instance, forMs: number): Promise<void> {
  await onServer(input, from, (client) => client.call('CLIENT', 'PAUSE', String(forMs), 'WRITE'));
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

function givenUp(from: Instance): StackctlError {
  return new StackctlError('E_NOT_READY', `no replica took over from ${from.name}: the Sentinels have given it up`, {
    hint: 'Writes go on as before. See what the Sentinels say: stackctl logs sentinel',
  });
}

/** Clients look for the new master only when they lose their connection to the old one. */
async function disconnectClients(master: Redis): Promise<void> {
  await master.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await master.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
}
