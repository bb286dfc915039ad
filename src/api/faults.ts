import { chooseInstance } from '../commands/session/choose-instance.ts';
import type { SessionContext } from '../commands/session/context.ts';
import { type OpenSession, withSession } from '../commands/session/session.ts';
import { healFault, type InjectInput, injectFault } from '../lifecycle/inject.ts';
import type { InjectedFault } from './call-types.ts';
import type { Calls } from './calls.ts';
import type { RunningStack } from './types.ts';

interface FaultsInput {
  readonly calls: Calls;
  readonly contextWith: (signal: AbortSignal) => SessionContext;
}

/** Takes no lock: a fault may be wanted in the middle of anything. */
export function createFaults({ calls, contextWith }: FaultsInput): Pick<RunningStack, 'inject'> {
  /** One after the other: each reads the journal of faults and writes it anew. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(signal: AbortSignal | undefined, work: (session: OpenSession) => Promise<T>): Promise<T> => {
    const turn = last.then(() => calls.run(signal, (until) => withSession(contextWith(until), undefined, work)));
    last = turn.catch(() => undefined);
    return turn;
  };
  const inject: RunningStack['inject'] = async (target, fault, { signal, ...options } = {}) => {
    const instance = await inTurn(signal, async (session) => {
      const { name } = await chooseInstance(session, target);
      await injectFault(inputOf(session), { instance: name, fault }, options);
      return name;
    });
    let healing: Promise<void> | undefined;
    const heal = async (): Promise<void> => {
      // With the stack, its faults have ended.
      if (calls.isOver()) return;
      healing ??= inTurn(undefined, (session) => healFault(inputOf(session), { instance, fault })).catch((error) => {
        healing = undefined;
        throw error;
      });
      await healing;
    };
    return { instance, fault, heal, [Symbol.asyncDispose]: heal } satisfies InjectedFault;
  };
  return { inject };
}

function inputOf({ runtime, paths, emit }: OpenSession): InjectInput {
  return { runtime, faults: paths.faults, command: 'stackctl as a library', now: () => new Date(), emit };
}
