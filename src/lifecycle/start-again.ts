import { deadline } from '../lib/poll.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';

export interface StartAgainInput {
  readonly stack: Stack;
  readonly runtime: Runtime;
  /** For the stop and the start together. */
  readonly timeoutMs: number;
}

/**
 * Stops instances and starts them again. An interrupt does not end it half way: what was stopped would stay down.
 * @throws what the runtime throws, also at the end of the time.
 */
export async function startAgain(
  { stack, runtime, timeoutMs }: StartAgainInput,
  instances: readonly string[],
): Promise<void> {
  const signal = deadline(timeoutMs);
  await runtime.stop(instances, { signal });
  await runtime.start(stack, instances, { signal });
}
