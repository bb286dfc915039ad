import type { SessionContext } from '../commands/session/context.ts';
import { instanceNames } from '../commands/session/instance-names.ts';
import { logTimes } from '../commands/session/log-times.ts';
import { locateExisting } from '../commands/session/open.ts';
import type { Stack } from '../stack/contract/model.ts';
import { loadRuntime } from '../stack/contract/plugins.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { LogLine, LogsOptions } from './call-types.ts';
import type { Calls } from './calls.ts';

interface LinesInput {
  readonly calls: Calls;
  readonly contextWith: (signal: AbortSignal) => SessionContext;
  readonly stack: Stack;
}

/** The lines of these services and instances; none: of all. To leave the loop ends the reading. */
export async function* linesOf(
  input: LinesInput,
  words: readonly string[],
  { follow = false, since, tail, signal }: LogsOptions,
): AsyncGenerator<LogLine, void> {
  const { calls, stack } = input;
  const leave = new AbortController();
  const until = signal === undefined ? leave.signal : AbortSignal.any([leave.signal, signal]);
  const runtime = await calls.run(signal, (opening) => openRuntime(input.contextWith(opening)));
  try {
    const names = await calls.run(signal, () => instanceNames({ stack, runtime }, words));
    const wanted = { follow, since, tail, signal: until, timeOf: await logTimes(stack) };
    const lines = runtime.logs(names, wanted)[Symbol.asyncIterator]();
    for (;;) {
      // Each step is a call, so that the end of the stack ends one that waits.
      const next = await calls.run(signal, (step) => firstOf(lines.next(), step));
      if (next.done === true) return;
      const { instance, at = null, text } = next.value;
      yield { instance, at, text };
    }
  } catch (error) {
    // With the stack its log has ended.
    if (!calls.isOver() || signal?.aborted === true) throw error;
  } finally {
    leave.abort();
    await runtime.close();
  }
}

async function openRuntime(context: SessionContext): Promise<Runtime> {
  const { record, identity, paths } = await locateExisting(context, undefined);
  const module = await loadRuntime(record.runtime);
  const { env, ownSupervisor } = context;
  return module.open({ projectId: identity.id, paths, env, ownSupervisor });
}

/** @throws the signal's reason when it aborts first. */
function firstOf<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
