import type { HealthReport } from '../health/check.ts';
import { deadline } from '../lib/poll.ts';
import type { ArbiterCapability, PrimaryAnswer } from '../stack/contract/arbiter.ts';
import type { RecordedPrimary, Service, Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';

export type Primaries = Readonly<Record<string, RecordedPrimary>>;

const ASK_MS = 2000;

/**
 * Who the primary of each monitored service is: what the arbiters say, what they wrote down, and what the project has on
 * record. The highest epoch wins: an arbiter that missed the last election still names the primary before it. What they
 * wrote down is read only where one of them does not answer: it may be the one that knows the last election, also when it
 * runs and does not answer yet. To read it takes the Engine longer than all the questions.
 */
export async function findPrimaries(stack: Stack, runtime: Runtime, signal: AbortSignal): Promise<Primaries> {
  return find(stack, runtime, ({ arbiter, service }) =>
    arbiter.askPrimary({ stack, service }, deadline(ASK_MS, signal)),
  );
}

/** As `findPrimaries`, by what a check of the health heard a moment ago; what it did not hear is asked for again. */
export async function primariesAfter(
  { instances }: HealthReport,
  stack: Stack,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Primaries> {
  const probes = new Map(instances.map((health) => [health.instance.name, health]));
  return find(stack, runtime, async ({ arbiter, service }) => {
    const heard = arbiter.probedPrimary({ stack, service }, probes);
    return heard.isComplete ? heard : arbiter.askPrimary({ stack, service }, deadline(ASK_MS, signal));
  });
}

interface Arbiters {
  readonly service: Service;
  readonly arbiter: ArbiterCapability;
}

async function find(
  stack: Stack,
  runtime: Runtime,
  answerOf: (arbiters: Arbiters) => Promise<PrimaryAnswer>,
): Promise<Primaries> {
  const found = await Promise.all(
    stack.services.map(async (service): Promise<readonly [string, RecordedPrimary] | undefined> => {
      const { arbiter } = service.kind;
      if (arbiter === undefined || service.monitors === undefined) return undefined;
      const { primary, isComplete } = await answerOf({ service, arbiter });
      const notes = isComplete ? [] : await written(stack, service, arbiter, runtime);
      const newest = newestOf([stack.primaries[service.monitors], ...notes, primary]);
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
