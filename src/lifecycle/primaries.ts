import { deadline } from '../lib/poll.ts';
import type { ArbiterCapability } from '../stack/contract/arbiter.ts';
import type { RecordedPrimary, Service, Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';

export type Primaries = Readonly<Record<string, RecordedPrimary>>;

const ASK_MS = 2000;

/**
 * Who the primary of each monitored service is: what the running arbiters say, else what they wrote down before they
 * stopped, else what the project has on record. The highest epoch wins: an arbiter that missed the last election still
 * names the one before.
 */
export async function findPrimaries(stack: Stack, runtime: Runtime, signal: AbortSignal): Promise<Primaries> {
  const found = await Promise.all(
    stack.services.map(async (service): Promise<readonly [string, RecordedPrimary] | undefined> => {
      const { arbiter } = service.kind;
      if (arbiter === undefined || service.monitors === undefined) return undefined;
      // Both always: an arbiter that runs may not answer yet, and the one that does may have missed the last election.
      const [notes, said] = await Promise.all([
        written(stack, service, arbiter, runtime),
        arbiter.askPrimary({ stack, service }, deadline(ASK_MS, signal)),
      ]);
      const newest = newestOf([stack.primaries[service.monitors], ...notes, said]);
      return newest === undefined ? undefined : [service.monitors, newest];
    }),
  );
  return Object.fromEntries(found.filter((entry) => entry !== undefined));
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
