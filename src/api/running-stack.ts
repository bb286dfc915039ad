import { HAND_OVER_LIMIT_MS, handOverFailure, handOverMaster } from '../commands/session/hand-over-master.ts';
import { readStatus } from '../commands/session/health-report.ts';
import { allVariables, chosenServices } from '../commands/session/service-environment.ts';
import { withLockedSession, withSession } from '../commands/session/session.ts';
import type { Emit } from '../lib/events.ts';
import { findPrimaries } from '../lifecycle/primaries.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import { withObservedAddresses } from '../stack/derived/observed-addresses.ts';
import { createCalls } from './calls.ts';
import { connectionOf, revealed } from './connection.ts';
import { contextOf } from './context.ts';
import { endProject, isOfOthers, stopIn } from './end-project.ts';
import { createFaults } from './faults.ts';
import type { GivenOptions } from './given-options.ts';
import { linesOf } from './lines.ts';
import { type Place, removePlace } from './place.ts';
import { seed } from './seed.ts';
import type { RunningStack } from './types.ts';

export interface Holding {
  readonly options: GivenOptions;
  readonly place: Place;
  readonly keep: boolean;
  readonly emit: Emit;
  /** Crosses it out of the list of owned projects. */
  readonly release: () => Promise<void>;
}

/** What a caller holds. Each call opens the project anew, as a command does, so that between them nothing is open. */
export function runningStack(started: Stack, { options, place, keep, emit, release }: Holding): RunningStack {
  const { name: project, folder } = started.project;
  const { env } = options;
  /** Its primaries and addresses are those that were last seen. */
  let stack = started;
  const calls = createCalls(`the stack ${started.name}`);
  const contextWith = (signal: AbortSignal) => contextOf({ folder, project, env, emit, signal });
  const see = async (runtime: Runtime, signal: AbortSignal): Promise<void> => {
    const primaries = { ...stack.primaries, ...(await findPrimaries(stack, runtime, signal)) };
    stack = withObservedAddresses({ ...stack, primaries }, await runtime.observe());
  };
  const faults = createFaults({ calls, contextWith });
  let disposal: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await calls.end();
    if (place.temporary || !(await isOfOthers({ folder, name: project })))
      await endProject({ folder, name: project, keep }, env, emit);
    await release();
    await removePlace(place);
  };
  const dispose = (): Promise<void> => {
    disposal ??= end().catch((error: unknown) => {
      disposal = undefined;
      throw error;
    });
    return disposal;
  };
  return {
    ...{ stack: started.name, project, folder, runtime: started.runtime.name },
    services: started.services.map(({ name }) => name),
    env: (service) => revealed(allVariables(stack, chosenServices(stack, service))),
    connection: (service) => connectionOf(stack, service),
    status: ({ signal } = {}) =>
      calls.run(signal, (until) =>
        withSession(contextWith(until), undefined, async (session) => {
          await see(session.runtime, until);
          return readStatus(session);
        }),
      ),
    failover: ({ signal, mode, to, measure = false, timeoutMs: limitMs = HAND_OVER_LIMIT_MS } = {}) =>
      calls.run(signal, (until) =>
        withLockedSession(contextWith(until), undefined, 'failover', async (session) => {
          const report = await handOverMaster(session, { mode, to, measure, limitMs });
          await see(session.runtime, until);
          const failure = handOverFailure(report);
          if (failure !== undefined) throw failure;
          return { from: report.from, to: report.primary.instance, mode: report.mode, figures: report.figures };
        }),
      ),
    inject: faults.inject,
    seed: (wish = {}) => calls.run(wish.signal, (until) => seed(contextWith(until), wish)),
    logs: (names = [], wish = {}) => linesOf({ calls, contextWith, stack }, [names].flat(), wish),
    down: ({ signal } = {}) => calls.run(signal, (until) => stopIn({ folder, project, env, emit }, until)),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}
