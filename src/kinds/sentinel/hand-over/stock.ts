import { StackctlError } from '../../../errors.ts';
import { poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { askAll, askPrimary } from '../ask.ts';
import { askToFailOver } from '../ask-to-fail-over.ts';
import { instanceAt, monitoredService } from '../monitored.ts';

/**
 * `SENTINEL FAILOVER` and nothing else: the old master acknowledges writes until Sentinel makes it a replica, some 11 s
 * later, and they are lost.
 * @returns the old master.
 * @throws E_NOT_READY with the Sentinel's words.
 */
export async function stock(
  input: ServiceInput,
  onStep: (step: HandOverStep) => void,
  signal: AbortSignal,
): Promise<Instance> {
  const from = await currentMaster(input, signal);
  onStep('promote');
  await askToFailOver(input, 'E_NOT_READY', signal);
  onStep('agree');
  await untilAgreed(input, from, signal);
  return from;
}

/** @throws E_NOT_READY when no Sentinel names one of the stack's servers. */
export async function currentMaster(input: ServiceInput, signal: AbortSignal): Promise<Instance> {
  const { primary } = await askPrimary(input, signal);
  const master = monitoredService(input).instances.find(({ name }) => name === primary?.instance);
  if (master !== undefined) return master;
  throw new StackctlError('E_NOT_READY', 'no Sentinel names a master to hand over from', { hint: 'stackctl status' });
}

/**
 * Every Sentinel that answers names the same server, and not the old one. One that still leads the failover must not be
 * reset: it would go back to the old master.
 */
export async function untilAgreed(input: ServiceInput, from: Instance, signal: AbortSignal): Promise<void> {
  await poll(
    async () => {
      const views = await askAll(input);
      const names = new Set(views.map(({ address }) => instanceAt(input, address)?.name));
      return views.length > 0 && names.size === 1 && !names.has(from.name) ? true : undefined;
    },
    { everyMs: 200, signal },
  );
}
