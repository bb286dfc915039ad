import { errorText } from '../errors.ts';
import type { Emit } from '../lib/events.ts';

export interface CleanUp {
  readonly what: string;
  readonly run: () => Promise<void> | void;
}

/** Last in, first out. A failure is a warning, so that it neither hides the result nor stops the others. */
export async function runCleanUps(cleanUps: readonly CleanUp[], emit: Emit): Promise<void> {
  for (const { what, run } of [...cleanUps].reverse()) {
    try {
      await run();
    } catch (error) {
      emit({ type: 'warning', text: `could not ${what}: ${errorText(error)}` });
    }
  }
}
