import { errorText } from '../errors.ts';
import { check } from './checker.ts';
import { momentOf } from './fault-moment.ts';
import type { RunInput } from './run-input.ts';
import type { Observations } from './run-report.ts';

/** What would have lost fewer writes. The servers may be gone by now: then it is not said. */
export async function remediesFor(
  { capability, target, emit, signal }: RunInput,
  { history, finalRead, fault, oldPrimary }: Observations,
): Promise<Pick<Observations, 'remedies'>> {
  if (finalRead === undefined) return {};
  const gone = new Set(check(history, finalRead.values).lost);
  if (gone.size === 0) return {};
  const { at } = momentOf(fault, history, oldPrimary);
  const lost = history.flatMap(({ value, completed, node = '' }) =>
    gone.has(value) ? [{ at: completed - at, node }] : [],
  );
  try {
    return { remedies: await capability.remedies(target, { what: fault.what ?? '', oldPrimary, lost }) };
  } catch (error) {
    signal.throwIfAborted();
    emit({ type: 'warning', text: `what would have lost fewer writes is not known: ${errorText(error)}` });
    return {};
  }
}
