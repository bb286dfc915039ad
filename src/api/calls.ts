import { StackctlError } from '../errors.ts';
import { explainError } from '../host/explain-error.ts';

/** The calls that are under way on one stack: none begins after the end, and the end waits for those that have. */
export interface Calls {
  /** @throws StackctlError: E_NOT_RUNNING after the end, E_INTERRUPTED when `signal` aborts or the end comes. */
  run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  isOver(): boolean;
  /** Ends what is under way, and whatever comes. */
  end(): Promise<void>;
}

export function createCalls(title: string): Calls {
  const open = new Map<Promise<unknown>, AbortController>();
  let isOver = false;
  return {
    run: async (signal, work) => {
      if (isOver) {
        throw new StackctlError('E_NOT_RUNNING', `${title} was disposed of`, { hint: 'Bring another one up: up().' });
      }
      const end = new AbortController();
      const call = interruptible(signal, end, work);
      open.set(call, end);
      try {
        return await call;
      } finally {
        open.delete(call);
      }
    },
    isOver: () => isOver,
    end: async () => {
      isOver = true;
      const under = [...open];
      for (const [, end] of under) end.abort(new StackctlError('E_INTERRUPTED', `${title} was disposed of meanwhile`));
      await Promise.allSettled(under.map(([call]) => call));
    },
  };
}

/**
 * Runs `work` with a signal that aborts when the caller's does. Nothing of it stays behind at the caller's.
 * @throws StackctlError, whatever `work` throws.
 */
export async function interruptible<T>(
  given: AbortSignal | undefined,
  end: AbortController,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const abort = (): void =>
    end.abort(new StackctlError('E_INTERRUPTED', 'aborted by the signal of the caller', { cause: given?.reason }));
  if (given?.aborted === true) abort();
  given?.addEventListener('abort', abort, { once: true });
  try {
    end.signal.throwIfAborted();
    return await work(end.signal);
  } catch (error) {
    throw explainError(error, end.signal);
  } finally {
    given?.removeEventListener('abort', abort);
  }
}
