import { StackctlError } from '../../../errors.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import { tell } from './hello.ts';
import type { Link } from './links.ts';
import type { Plan } from './pre-flight.ts';
import { replicationOf } from './replication.ts';

/** How long the replica has to get the last writes. Ends by itself, so that a killed stackctl costs no more. */
const CATCH_UP_MS = 2000;
/**
 * From the promotion on, two servers are masters. This is longer than Sentinel needs to make the old one a replica (8 s
 * of a wrong role, seen by an INFO every 10 s), so that it acknowledges nothing more even if stackctl dies here.
 */
const PAUSE_MS = 20_000;
const TELL_MS = 5000;

/**
 * Writes wait, the replica gets the last of them, becomes the master, the Sentinels are told, and the others follow it.
 * Killed before the promotion: writes go on after 2 s. Between it and the first Sentinel: Sentinel makes the promoted server a
 * replica again, which has lost nothing. Later: the told Sentinel tells the others, and they make the rest follow.
 * @throws E_NOT_READY when the replica does not catch up or no Sentinel takes it; all is then as before.
 */
export async function express(plan: Plan, onStep: (step: HandOverStep) => void, signal: AbortSignal): Promise<void> {
  const { from, to, others } = plan;
  onStep('pause');
  await pauseWrites(from, CATCH_UP_MS);
  try {
    onStep('catch-up');
    await catchUp(plan, signal);
    await pauseWrites(from, PAUSE_MS);
    signal.throwIfAborted();
    onStep('promote');
    await promote(plan);
    onStep('follow');
    await Promise.all([from, ...others].map((link) => follow(link, to)));
  } finally {
    await from.client.call('CLIENT', 'UNPAUSE');
  }
  onStep('resume');
  // What had to wait is answered with READONLY by now. Who only listens looks for the new master when its connection ends.
  await from.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await from.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  await Promise.all([to, from, ...others].map(remember));
}

/** Only writes, and what would go to replicas: PING and reads are answered. */
async function pauseWrites({ client }: Link, ms: number): Promise<void> {
  await client.call('CLIENT', 'PAUSE', String(ms), 'WRITE');
}

/** While writes are paused, the master adds nothing to its replication stream. */
async function catchUp({ from, to }: Plan, signal: AbortSignal): Promise<void> {
  const { offset } = await replicationOf(from);
  const until = deadline(CATCH_UP_MS / 2, signal);
  await poll(async () => ((await replicationOf(to)).offset >= offset ? true : undefined), {
    everyMs: 1,
    signal: until,
  }).catch((error: unknown) => {
    if (!isTimeout(error)) throw error;
    throw new StackctlError('E_NOT_READY', `${to.instance.name} does not catch up with ${from.instance.name}`, {
      hint: 'Nothing was changed. See its lag with `stackctl status`, and try again with less load.',
    });
  });
}

/** The Sentinels that cannot be told hear it from those that were: so one that was told is enough to go on. */
async function promote({ from, to, sentinels, group, epoch }: Plan): Promise<void> {
  await to.client.replicaof('NO', 'ONE');
  const news = { group, address: to.instance.peer, epoch };
  const until = deadline(TELL_MS);
  const told = await Promise.allSettled(sentinels.map(({ link, teller }) => tell(link, teller, news, until)));
  if (told.some(({ status }) => status === 'fulfilled')) return;
  await follow(to, from);
  const [first] = told;
  throw new StackctlError('E_NOT_READY', `no Sentinel takes ${to.instance.name} for the new master`, {
    hint: 'All is as before. See what the Sentinels say: stackctl logs sentinel',
    ...(first?.status === 'rejected' && { cause: first.reason }),
  });
}

async function follow({ client }: Link, { instance }: Link): Promise<void> {
  await client.replicaof(instance.peer.host, instance.peer.port);
}

/** As Sentinel does it: a server that starts without Sentinels goes by what it has written. */
async function remember({ client }: Link): Promise<void> {
  await client.config('REWRITE');
}
