import { errorText } from '../errors.ts';
import { check } from './checker.ts';
import { momentOf } from './fault-moment.ts';
import type { RunInput } from './run-input.ts';
import type { Observations } from './run-report.ts';
import { timeline } from './timeline.ts';

/** What would have lost fewer writes. The servers may be gone by now: then it is not said. */
export async function remediesFor(
  { capability, target, emit, signal }: RunInput,
  { history, events, finalRead, fault, oldPrimary, newPrimary }: Observations,
): Promise<Pick<Observations, 'remedies'>> {
  if (finalRead === undefined) return {};
  const gone = new Set(check(history, finalRead.values).lost);
  if (gone.size === 0) return {};
  const moment = momentOf(fault, history, oldPrimary);
  const lost = history.flatMap(({ value, completed, node = '' }) =>
    gone.has(value) ? [{ at: completed - moment.at, node }] : [],
  );
  const { promotedMs, switchedMs } = timeline({ events, history, fault: moment, oldPrimary });
  const promotedAt = promotedMs ?? switchedMs ?? undefined;
  const loss = { what: fault.what ?? '', oldPrimary, newPrimary, promotedAt, lost };
  try {
    return { remedies: await capability.remedies(target, loss) };
  } catch (error) {
    signal.throwIfAborted();
    emit({ type: 'warning', text: `what would have lost fewer writes is not known: ${errorText(error)}` });
    return {};
  }
}
