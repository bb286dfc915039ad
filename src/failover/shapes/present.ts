import type { WriteRecord } from '../../stack/contract/failover.ts';
import type { FinalRead, WorkloadShape } from '../../stack/contract/final-read.ts';
import { countedIn } from './counter.ts';
import { chainOf } from './register.ts';

/** What is there in the end, as values of the writes that are not undone. A value that was not written stands for a phantom. */
export function presentIn(
  shape: WorkloadShape,
  history: readonly WriteRecord[],
  { node, values }: Pick<FinalRead, 'node' | 'values'>,
): readonly number[] {
  if (shape === 'register') return chainOf(history, { node, value: values[0] ?? 0 });
  if (shape === 'counter') return countedIn(history, { node, sum: values[0] ?? 0 });
  return values;
}

/** Whether one value is all that there is, of which each answer tells something: it is read with every write. */
export function isOneValue(shape: WorkloadShape): shape is 'register' | 'counter' {
  return shape === 'register' || shape === 'counter';
}

/**
 * What cannot be found out: a set holds each value once, of a counter's sums nobody knows the writer, and a register shows neither
 * what was written twice nor which writes without an answer were replaced right away.
 */
export function notShownBy(shape: WorkloadShape): { readonly duplicates?: null; readonly recovered?: null } {
  if (shape === 'register') return { duplicates: null, recovered: null };
  return shape === 'list' || shape === 'pubsub' ? {} : { duplicates: null };
}
