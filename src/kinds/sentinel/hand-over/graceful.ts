import { StackctlError } from '../../../errors.ts';
import { poll } from '../../../lib/poll.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { monitoredService } from '../monitored.ts';
import type { SentinelOptions } from '../options.ts';
import { bar, noneWouldChoose, unbar } from './bar.ts';
import { caughtUp } from './catch-up.ts';
import { type Choice, SMALL_LAG_BYTES } from './choose.ts';
import { leftOutText } from './left-out.ts';
import { moveWhilePaused } from './move-paused.ts';
import { whatIsSilent } from './pre-flight.ts';
import { currentMaster, untilAgreed } from './stock.ts';
import type { Heard, Moved } from './way.ts';

type Input = ServiceInput<SentinelOptions>;

/**
 * Stock SENTINEL FAILOVER loses what the old master acknowledges until it is demoted (about 11 s). So writes are paused
 * first, and the failover starts only when every candidate has all of them and the old master takes none any more
 * (move-paused.ts); it is made a replica of the new one at once, while its clients still wait.
 *
 * Until then the pause has to be short: it also holds back the messages that Sentinels publish on the master, and with them
 * their pings. After down-after they take a paused master for a dead one. So replicas that are far behind catch up first, and
 * the pause is no longer than half of down-after.
 * @throws E_NOT_READY when no other server can take over in time, or the Sentinels give it up; writes go on as before. The
 *   signal's reason when it aborts: where the Sentinels may still fail over, they decide who the master is.
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
    await moveWhilePaused(input, { from, candidates, sentinels, onStep }, signal);
    onStep('agree');
    await untilAgreed(input, from, signal);
  } finally {
    await unbar(input, priorities, onWarning);
  }
  return { from, leftOut: silent.map(({ instance }) => instance.name) };
}

function parted<T>(all: readonly T[], belongs: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))];
}

function nobody(from: Instance, absent: readonly Instance[]): StackctlError {
  const silent = absent.length === 0 ? '' : ` (${absent.map(({ name }) => name).join(', ')}: no answer)`;
  return new StackctlError('E_NOT_READY', `no other server may take over from ${from.name}${silent}`, {
    hint: 'Nothing was changed. See the servers and their roles: stackctl status',
  });
}
