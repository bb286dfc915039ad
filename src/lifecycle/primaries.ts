import { deadline } from '../lib/poll.ts';
import type { ArbiterCapability } from '../stack/contract/arbiter.ts';
import type { RecordedPrimary, Service, Stack } from '../stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../stack/contract/runtime.ts';

export type Primaries = Readonly<Record<string, RecordedPrimary>>;

const ASK_MS = 2000;

/**
 * Who the primary of each monitored service is: what the running arbiters say, else what they wrote down before they
 * stopped, else what the project has on record. The highest epoch wins: an arbiter that missed the last election still
 * names the one before.
 * @param observed where it is known: what arbiters wrote is read only if one of them does not run or none answers.
 */
export async function findPrimaries(
  stack: Stack,
  runtime: Runtime,
  signal: AbortSignal,
  observed: readonly ObservedInstance[] = [],
): Promise<Primaries> {
  const found = await Promise.all(
    stack.services.map(async (service): Promise<readonly [string, RecordedPrimary] | undefined> => {
      const { arbiter } = service.kind;
      if (arbiter === undefined || service.monitors === undefined) return undefined;
      const ask = () => arbiter.askPrimary({ stack, service }, deadline(ASK_MS, signal));
      const early = allRun(service, observed) ? await ask() : undefined;
      const [notes, said] =
        early === undefined
          ? await Promise.all([written(stack, service, arbiter, runtime), ask()])
          : [[] as const, early];
      const newest = newestOf([stack.primaries[service.monitors], ...notes, said]);
      return newest === undefined ? undefined : [service.monitors, newest];
    }),
  );
  return Object.fromEntries(found.filter((entry) => entry !== undefined));
}

function allRun({ instances }: Service, observed: readonly ObservedInstance[]): boolean {
  const running = new Set(observed.filter(({ state }) => state === 'running').map(({ name }) => name));
  return instances.every(({ name }) => running.has(name));
}

/** The later entry wins a tie: running arbiters stand behind what was written and recorded. */
function newestOf(answers: readonly (RecordedPrimary | undefined)[]): RecordedPrimary | undefined {
  return answers.reduce(
    (best, answer) => (answer !== undefined && answer.epoch >= (best?.epoch ?? 0) ? answer : best),
    undefined,
  );
}

async function written(
  stack: Stack,
  service: Service,
  arbiter: ArbiterCapability,
  runtime: Runtime,
): Promise<readonly (RecordedPrimary | undefined)[]> {
  return Promise.all(
    service.instances.map(async ({ name }) => {
      const text = await runtime.readState(name, arbiter.stateFile);
      return text === undefined ? undefined : arbiter.parseState({ stack, service }, text);
    }),
  );
}
