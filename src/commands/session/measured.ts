import { directorOver } from '../../failover/director.ts';
import type { HandOverFigures } from '../../failover/hand-over-figures.ts';
import { measureIfPossible } from '../../failover/measure-while.ts';
import { type Instance, instancesOf, type Stack } from '../../stack/contract/model.ts';
import type { SessionContext } from './context.ts';

export interface Measuring {
  /** Runs `work`, which replaces these instances, under a writer when one of them may be a primary. */
  around<T>(stack: Stack, instances: readonly Instance[], work: () => Promise<T>): Promise<T>;
  /** As `around`, for instance names. */
  whileRolling(stack: Stack, names: readonly string[], roll: () => Promise<void>): Promise<void>;
  /** Of the last one that was measured; null while there is none. */
  figures(): HandOverFigures | null;
}

/** What the replacing of servers costs whoever writes meanwhile. @param isWanted false: `--no-measure`. */
export function measuring(
  { emit, signal }: Pick<SessionContext, 'emit' | 'signal'>,
  isWanted: boolean,
  limitMs: (stack: Stack) => number,
): Measuring {
  let last: HandOverFigures | null = null;
  const around: Measuring['around'] = async (stack, instances, work) => {
    const director = isWanted ? directorOver(stack, instances) : undefined;
    if (director === undefined) return work();
    const clocks = { clock: performance, date: () => new Date(), random: Math.random };
    const input = { stack, ...clocks, limitMs: limitMs(stack), emit, signal };
    const { result, figures } = await measureIfPossible(input, director, work);
    last = figures;
    return result;
  };
  return {
    around,
    whileRolling: (stack, names, roll) => {
      const instances = instancesOf(stack).filter(({ name }) => names.includes(name));
      return around(stack, instances, roll);
    },
    figures: () => last,
  };
}
