import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { RecordedPrimary } from '../stack/contract/model.ts';
import type { RunInput } from './run-input.ts';

/** @throws E_NOT_READY when the service is not steady, or could not fail over, before the deadline. */
export function waitUntilSteady({ capability, target, limits, emit, signal }: RunInput): Promise<RecordedPrimary> {
  return step(emit, { id: 'steady', title: 'wait for a steady cluster' }, (progress) =>
    capability.steady(target, deadline(limits.steadyMs, signal), {
      ableToFailOver: true,
      onReasons: sayOnce(emit, progress),
    }),
  );
}

/** Undefined when the cluster does not become steady in time: the verdict says so. */
export async function rejoin(
  { capability, target, limits, signal, emit }: RunInput,
  progress: (detail: string) => void,
): Promise<RecordedPrimary | undefined> {
  try {
    return await capability.steady(target, deadline(limits.steadyMs, signal), {
      onReasons: (reasons) => progress(reasons.join('; ')),
    });
  } catch (error) {
    if (!(error instanceof StackctlError && error.code === 'E_NOT_READY')) throw error;
    emit({ type: 'warning', text: error.message });
    return undefined;
  }
}

/** The first reasons are a line in a log too: the wait may take a minute. */
function sayOnce(emit: Emit, progress: (detail: string) => void): (reasons: readonly string[]) => void {
  let isFirst = true;
  return (reasons) => {
    if (isFirst) emit({ type: 'note', text: `not steady yet: ${reasons.join('; ')}` });
    isFirst = false;
    progress(reasons.join('; '));
  };
}
