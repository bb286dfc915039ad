import { deadline } from '../lib/poll.ts';
import { instancesOf, type Stack, serviceOf } from '../stack/contract/model.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';

/** A server that does not answer is started again for other reasons, or not at all. */
const ASK_MS = 3000;

/** Instance -> why its server has to be started again although nothing of its configuration changed (Kind.staleSince). */
export async function findStale(
  stack: Stack,
  observed: readonly ObservedInstance[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const running = new Set(observed.filter(({ state }) => state === 'running').map(({ name }) => name));
  const asked = instancesOf(stack)
    .filter(({ name }) => running.has(name))
    .map(async (instance) => {
      const service = serviceOf(stack, instance.service);
      const cause = await service.kind
        .staleSince?.({ stack, service, instance }, deadline(ASK_MS, signal))
        .catch(() => undefined); // no answer: nothing is known
      return [instance.name, cause] as const;
    });
  const causes = await Promise.all(asked);
  signal.throwIfAborted();
  return new Map(causes.flatMap(([name, cause]) => (cause === undefined ? [] : [[name, cause] as const])));
}
