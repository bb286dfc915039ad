import { errorText } from '../errors.ts';
import { deadline } from '../lib/poll.ts';
import type { FinalRead } from '../stack/contract/failover.ts';
import type { RunInput } from './run-input.ts';

/** Undefined when it cannot be read: the verdict is then at most inconclusive. */
export async function readBack({
  capability,
  target,
  runId,
  limits,
  signal,
  emit,
}: RunInput): Promise<FinalRead | undefined> {
  try {
    const read = await capability.finalRead(target, runId, deadline(limits.readMs, signal), { withReplicas: true });
    signal.throwIfAborted();
    return read;
  } catch (error) {
    signal.throwIfAborted();
    emit({
      type: 'warning',
      text: `the final read failed: ${errorText(error)}`,
    });
    return undefined;
  }
}
