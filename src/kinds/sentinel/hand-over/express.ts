import { setTimeout as delay } from 'node:timers/promises';
import { masterView } from '../../../clients/redis/sentinel.ts';
import { errorText, StackctlError } from '../../../errors.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import { disconnectClients } from './disconnect-clients.ts';
import { announce, tell } from './hello.ts';
import { named } from './link-error.ts';
import type { Link } from './links.ts';
import type { Plan } from './pre-flight.ts';
import { replicationOf } from './replication.ts';

/**
 * The longest that writes wait before the old master is one no more. Ends by itself, so that a killed stackctl costs no
 * more. Also at most half of down-after: a pause holds back what Sentinels publish on the master, and their pings behind it.
 */
const PAUSE_MS = 2000;
const TELL_MS = 5000;
/**
 * How long writes wait for the last Sentinels once a majority has taken it: several times what one needs. One that takes longer
 * is busy, probably with its disk, and answers clients no sooner.
 */
const LAGGARD_MS = 20;
/** A server answers nobody while it writes its configuration, and others wait for its disk: until the clients have arrived. */
const ARRIVAL_MS = 100;

/**
 * Writes wait, the replica gets the last of them and becomes the master, the old master takes no more, and then the Sentinels
 * are told. So there is no moment in which somebody could be told of a master while another one still acknowledges.
 * Killed while the old master takes writes: writes go on within 2 s, and the Sentinels make the promoted server a replica
 * again. Between that and the first Sentinel: nobody takes writes until the Sentinels elect one, down-after and some 20 s
 * later. From then on the told Sentinel tells the others, and they make the rest follow: also a server that starts again by a
 * configuration that it had no time to write.
 * @throws E_NOT_READY when the replica does not catch up or no Sentinel takes it; all is then as before. The error of the
 *   connection when a server does not answer; before `promote` nothing has changed then.
 */
export async function express(
  plan: Plan,
  onStep: (step: HandOverStep) => void,
  onWarning: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { from, to, others } = plan;
  await announceAll(plan);
  onStep('pause');
  const pauseMs = Math.min(PAUSE_MS, Math.floor(plan.downAfterMs / 2));
  try {
    // Only writes, and what would go to replicas: reads are answered. A server that is busy may do it later.
    await named(from.instance, from.client.call('CLIENT', 'PAUSE', String(pauseMs), 'WRITE'));
    onStep('catch-up');
    await catchUp(plan, pauseMs / 2, signal);
    signal.throwIfAborted();
    onStep('promote');
    await swap(plan);
    onStep('tell');
    const telling = tellAll(plan);
    const following = Promise.allSettled([from, ...others].map((link) => follow(link, to)));
    await telling;
    onStep('follow');
    // One that is gone by now is set right by the Sentinels when it comes back.
    await following;
  } finally {
    // Where it does not answer, the pause ends by itself.
    await from.client.call('CLIENT', 'UNPAUSE').catch(() => undefined);
  }
  onStep('resume');
  // What had to wait is answered with READONLY by now.
  await disconnectClients(from.client).catch((error: unknown) => {
    onWarning(`clients of ${from.instance.name} were not disconnected: ${errorText(error)}`);
  });
  await delay(ARRIVAL_MS);
  await Promise.all([from, to, ...others].map((link) => remember(link, onWarning)));
}

/** A Sentinel that ignores it saves the epoch when it is told, while writes wait: slower, and not wrong. */
async function announceAll({ from, sentinels, group, epoch }: Plan): Promise<void> {
  const news = { group, address: from.instance.peer, epoch };
  await Promise.allSettled(sentinels.map(({ link, teller }) => announce(link, teller, news)));
}

/** While writes are paused, the master adds no more than a ping to its replication stream. */
async function catchUp({ from, to }: Plan, withinMs: number, signal: AbortSignal): Promise<void> {
  const { offset } = await replicationOf(from);
  const until = deadline(withinMs, signal);
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

/**
 * Nobody knows of the new master before it is certain that the old one has acknowledged nothing more: a stackctl that was
 * held up longer than the pause finds out here.
 */
async function swap(plan: Plan): Promise<void> {
  const { from, to } = plan;
  const failed = async (problem: string, cause?: unknown): Promise<StackctlError> => {
    await undo(plan);
    return new StackctlError('E_NOT_READY', problem, {
      hint: 'No write is lost. The machine is busy, or stackctl was held up: see `stackctl health`, and try again.',
      cause,
    });
  };
  const { promoted, deposed } = await swapRoles(plan).catch(async (error: unknown) => {
    throw await failed(
      `${from.instance.name} and ${to.instance.name} do not change places: ${errorText(error)}`,
      error,
    );
  });
  if (deposed > promoted)
    throw await failed(`${from.instance.name} took writes after ${to.instance.name} had caught up`);
}

/**
 * The offsets of both when they did. The old master becomes a replica of itself: it takes no writes and gets in step with
 * nobody. As one of the new master it would drop whatever it has taken meanwhile, before anybody could look.
 */
async function swapRoles({ from, to }: Plan): Promise<{ readonly promoted: number; readonly deposed: number }> {
  const [, promoted] = await Promise.all([to.client.replicaof('NO', 'ONE'), replicationOf(to)]);
  const [, deposed] = await Promise.all([follow(from, from), replicationOf(from)]);
  return { promoted: promoted.offset, deposed: deposed.offset };
}

/**
 * One that was told is enough to go on: the others hear it from that one. Writes wait until all have taken it, or so many
 * that a client finds the new master, so that one that hangs does not hold everybody up.
 */
async function tellAll(plan: Plan): Promise<void> {
  const { to, sentinels, group, epoch } = plan;
  const news = { group, address: to.instance.peer, epoch };
  const until = deadline(TELL_MS);
  const tells = sentinels.map(({ link, teller }) => tell(link, teller, news, until));
  const all = Promise.allSettled(tells);
  await Promise.race([all, majorityOf(tells).then(() => delay(LAGGARD_MS))]);
  const told = await Promise.race([all, undefined]);
  if (told === undefined) return; // a majority has taken it, and others have not answered yet
  if (told.some(({ status }) => status === 'fulfilled')) return;
  throw await untaken(plan, told[0]?.status === 'rejected' ? told[0].reason : undefined);
}

/** Never rejects, and never resolves when fewer than a majority do. */
function majorityOf(tells: readonly Promise<void>[]): Promise<void> {
  let missing = Math.floor(tells.length / 2) + 1;
  return new Promise((resolve) => {
    for (const one of tells)
      void one.then(
        () => --missing === 0 && resolve(),
        () => undefined,
      );
  });
}

/**
 * A Sentinel that does not answer may have taken it all the same, e.g. while its disk is slow: then the new master stays one.
 * When all refuse, everything is undone. Whatever it was, the old master acknowledges nothing.
 */
async function untaken(plan: Plan, cause: unknown): Promise<StackctlError> {
  const { to, sentinels, group, epoch } = plan;
  const views = await Promise.allSettled(sentinels.map(({ link }) => masterView(link.client, group)));
  const isRefused = views.every((view) => view.status === 'fulfilled' && view.value.epoch < epoch);
  if (isRefused) await undo(plan);
  return new StackctlError('E_NOT_READY', `no Sentinel takes ${to.instance.name} for the new master`, {
    hint: isRefused
      ? 'All is as before. See what the Sentinels say: stackctl logs sentinel'
      : 'No write is lost. The Sentinels choose the master as soon as they answer. See: stackctl health',
    cause,
  });
}

/** The old master first: the others find it as one. A server that does not answer is set right by the Sentinels. */
async function undo({ from, to, others }: Plan): Promise<void> {
  await from.client.replicaof('NO', 'ONE').catch(() => undefined);
  await Promise.allSettled([to, ...others].map((link) => follow(link, from)));
}

async function follow({ client }: Link, { instance }: Link): Promise<void> {
  await client.replicaof(instance.peer.host, instance.peer.port);
}

/** As Sentinel does it: a server that starts without Sentinels goes by what it has written. */
async function remember({ instance, client }: Link, onWarning: (text: string) => void): Promise<void> {
  await client.config('REWRITE').catch((error: unknown) => {
    onWarning(`${instance.name} has not written down whom it follows (CONFIG REWRITE): ${errorText(error)}`);
  });
}
