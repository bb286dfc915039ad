import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import type { FailoverInput } from '../../../stack/failover.ts';
import { formatAddress, type RecordedPrimary } from '../../../stack/model.ts';
import { memberAt, members } from './group.ts';
import { observe } from './observe.ts';
import { unsteady } from './unsteady.ts';

const EVERY_MS = 100;

/** @throws E_NOT_READY with the last reasons at the deadline; the reason of `signal` when it aborts otherwise. */
export async function steady(input: FailoverInput, signal: AbortSignal): Promise<RecordedPrimary> {
  let reasons: readonly string[] = [];
  try {
    return await poll(
      async () => {
        const look = await lookOnce(input);
        reasons = look.reasons;
        return look.primary;
      },
      { everyMs: EVERY_MS, signal },
    );
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new StackctlError('E_NOT_READY', `${input.service.name} does not become steady: ${reasons.join('; ')}`, {
      hint: 'Run: stackctl status. A fault that was left behind is undone by: stackctl heal',
      details: { reasons },
      cause: error,
    });
  }
}

interface Look {
  readonly reasons: readonly string[];
  readonly primary: RecordedPrimary | undefined;
}

async function lookOnce(input: FailoverInput): Promise<Look> {
  const view = await observe(input);
  const names = new Map(members(input).map(({ peer, name }) => [formatAddress(peer), name]));
  const reasons = unsteady({ view, members: names });
  const [first] = view.sentinels;
  if (reasons.length > 0 || first === undefined || !('master' in first)) return { reasons, primary: undefined };
  const instance = memberAt(input, first.master.address);
  return { reasons, primary: instance && { instance: instance.name, epoch: first.master.epoch } };
}
