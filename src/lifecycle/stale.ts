import { deadline } from '../lib/poll.ts';
import { instancesOf, type Service, type Stack, serviceOf } from '../stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../stack/contract/runtime.ts';

/** A server that does not answer is started again for other reasons, or not at all. */
const ASK_MS = 3000;

/** Instance -> why its server has to be started again although nothing of its configuration changed. */
export async function findStale(
  stack: Stack,
  runtime: Runtime,
  observed: readonly ObservedInstance[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const running = observed.filter(({ state }) => state === 'running');
  const names = new Set(running.map(({ name }) => name));
  const there = instancesOf(stack).filter(({ name }) => names.has(name));
  const programs = await newPrograms(stack, runtime, running, signal);
  const asked = there.map(async (instance) => {
    const service = serviceOf(stack, instance.service);
    const until = deadline(ASK_MS, signal);
    const input = { stack, service, instance };
    const now = programs.get(service.name);
    const cause = await service.kind.staleSince?.(input, until).catch(() => undefined); // no answer: nothing is known
    const before = now && (await service.kind.versions?.askVersion(input, until).catch(() => undefined))?.title;
    const other =
      before === undefined || before === now ? undefined : `it runs ${before}, and the program is ${now} now`;
    return [instance.name, cause ?? other] as const;
  });
  const causes = await Promise.all(asked);
  signal.throwIfAborted();
  return new Map(causes.flatMap(([name, cause]) => (cause === undefined ? [] : [[name, cause] as const])));
}

/**
 * Service -> version of its program as it would be started now, where that may be another one with the same
 * configuration: a program of this machine is replaced in its place, or another one is named by a variable.
 */
async function newPrograms(
  stack: Stack,
  runtime: Runtime,
  there: readonly ObservedInstance[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const found = stack.services.map(async (service) => {
    const title = (await mayRunAnother(service, runtime, there)) && (await programOf(service, runtime, signal));
    return title ? ([[service.name, title]] as const) : [];
  });
  return new Map((await Promise.all(found)).flat());
}

async function mayRunAnother(service: Service, runtime: Runtime, there: readonly ObservedInstance[]): Promise<boolean> {
  if (service.kind.versions === undefined) return false;
  const running = there.filter(({ name }) => service.instances.some((instance) => instance.name === name));
  return running.length > 0 && !(await runtime.runProgramOf(service, running));
}

async function programOf(
  { kind, ...rest }: Service,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (kind.versions === undefined) return undefined;
  const text = await runtime.versionText({ kind, ...rest }, deadline(ASK_MS, signal));
  return text === undefined ? undefined : kind.versions.parseVersion(text)?.title;
}
