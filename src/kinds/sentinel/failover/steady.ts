import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import type { SteadyOptions } from '../../../stack/contract/failover.ts';
import { formatAddress, type RecordedPrimary } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { members } from '../group.ts';
import { instanceAt } from '../monitored.ts';
import { type GroupView, observe } from './observe.ts';
import { impossible, type SteadyInput, unable, unsteady } from './unsteady.ts';

const EVERY_MS = 100;

/**
 * @throws E_NOT_READY with the last reasons at the deadline, and at once when waiting cannot help; the reason of `signal`
 * when it aborts for another cause than the deadline.
 */
export async function steady(
  input: FailoverInput,
  signal: AbortSignal,
  { ableToFailOver = false, without = [], onReasons }: SteadyOptions = {},
): Promise<RecordedPrimary> {
  let reasons: readonly string[] = [];
  try {
    return await poll(
      async () => {
        const state = await readState(input, ableToFailOver, without);
        if (state.impossible.length > 0) throw notPossible(input, state.impossible);
        if (state.reasons.join() !== reasons.join() && state.reasons.length > 0) onReasons?.(state.reasons);
        reasons = state.reasons;
        return state.primary;
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

function notPossible({ service }: FailoverInput, reasons: readonly string[]): StackctlError {
  return new StackctlError('E_NOT_READY', `${service.name}: ${reasons.join('; ')}`, {
    hint: 'Nothing was broken: a failover that cannot happen is not tried. See: stackctl health',
    details: { reasons },
  });
}

interface GroupState {
  readonly reasons: readonly string[];
  /** Reasons that waiting cannot change. */
  readonly impossible: readonly string[];
  readonly primary: RecordedPrimary | undefined;
}

async function readState(
  input: FailoverInput,
  ableToFailOver: boolean,
  without: readonly string[],
): Promise<GroupState> {
  const { view, absent } = split(await observe(input), without);
  const names = new Map(members(input).map(({ peer, name }) => [formatAddress(peer), name]));
  const reasons = [...unsteady({ view, members: names, absent }), ...(ableToFailOver ? unable(view) : [])];
  const [first] = view.sentinels;
  const lasting = ableToFailOver ? impossible(view) : [];
  if (reasons.length > 0 || lasting.length > 0 || first === undefined || !('master' in first)) {
    return { reasons, impossible: lasting, primary: undefined };
  }
  const instance = instanceAt(input, first.master.address);
  return { reasons, impossible: [], primary: instance && { instance: instance.name, epoch: first.master.epoch } };
}

/** The view of those that count, and how many of either sort do not. */
function split(view: GroupView, without: readonly string[]): Pick<SteadyInput, 'view' | 'absent'> {
  const counts = ({ name }: { readonly name: string }): boolean => !without.includes(name);
  const sentinels = view.sentinels.filter(counts);
  const servers = view.members.filter(counts);
  const absent = {
    sentinels: view.sentinels.length - sentinels.length,
    members: new Set(view.members.flatMap(({ name }) => (without.includes(name) ? [name] : []))),
  };
  return { view: { sentinels, members: servers }, absent };
}
