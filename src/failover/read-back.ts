import { errorText } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { deadline } from '../lib/poll.ts';
import type { FinalRead, FinalReadOptions } from '../stack/contract/final-read.ts';
import type { RunInput } from './run-input.ts';

/** Undefined when it cannot be read: the verdict is then at most inconclusive. */
export async function readBack(
  { capability, target, runId, limits, signal, emit }: RunInput,
  shape?: FinalReadOptions['shape'],
): Promise<FinalRead | undefined> {
  try {
    const options = { withReplicas: true, ...defined({ shape }) };
    const read = await capability.finalRead(target, runId, deadline(limits.readMs, signal), options);
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
