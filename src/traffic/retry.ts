/** Sends events again that were not acknowledged (`--retry`), where the sink says that a repetition is not stored twice. */
import { StackctlError } from '../errors.ts';
import { keyOf, type RandomKey, uniformAt } from '../lib/random.ts';
import {
  isTrouble,
  type Repeatable,
  type SendOutcome,
  type SinkCapability,
  type TrafficRun,
  type TrafficSink,
} from '../stack/contract/traffic.ts';
import type { TrafficEvent } from '../stack/contract/traffic-event.ts';
import { askedOf } from './asking.ts';
import type { TrafficPlan } from './operations.ts';
import type { SeedInput } from './seed-input.ts';
import { wait } from './sending.ts';
import { sinkOf, type Target } from './target.ts';

/** How long a batch is sent again where `--timeout` says nothing, in milliseconds. */
export const RETRY_MS = 30_000;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

type Settings = Pick<SeedInput, 'profile' | 'stack' | 'seed' | 'settleMs' | 'clock' | 'signal'>;

/**
 * The sinks of a plan, which send again what was not acknowledged.
 * @throws E_USAGE where events that are sent again could be stored twice; E_NOT_READY when a service cannot be asked.
 */
export async function repeatedly(
  { profile, stack, seed, settleMs, clock, signal }: Settings,
  plan: TrafficPlan,
  sinks: readonly TrafficSink[],
  run: TrafficRun,
): Promise<readonly RetryingSink[]> {
  for (const index of sinks.keys())
    await requireRepeatable(sinkOf({ profile, plan, stack }, index, run), profile.profile);
  return sinks.map((sink) => retrying({ sink, seed, limitMs: settleMs ?? RETRY_MS, clock, stop: signal }));
}

async function requireRepeatable(
  { capability, input, settings, run }: Target<SinkCapability>,
  profile: string,
): Promise<void> {
  const { name, kind } = input.service;
  const what = 'whether it knows a repetition';
  const asking = { service: name, what, sure: 'Nothing was sent.', signal: run.signal };
  const answer: Repeatable = (await askedOf(asking, async () => capability.repeatable?.(input, settings, run))) ?? {
    why: `a service of kind ${kind.name} does not say that it knows a repetition`,
    next: 'Leave --retry out.',
  };
  if (answer === true) return;
  throw new StackctlError('E_USAGE', `--retry could store events of ${profile} twice in ${name}: ${answer.why}`, {
    hint: `Nothing was sent. ${answer.next}`,
    details: { profile, service: name, why: answer.why },
  });
}

export interface RetryInput {
  readonly sink: TrafficSink;
  readonly seed: number;
  /** Milliseconds after its first sending in which a batch is sent again. */
  readonly limitMs: number;
  readonly clock: { now(): number };
  /** Nothing is sent again after it. */
  readonly stop: AbortSignal;
  /** Undefined: `wait`. */
  readonly pause?: typeof wait;
}

export interface RetryingSink extends TrafficSink {
  /** Events that were sent again, each as often as it was. */
  readonly retries: number;
}

/**
 * Sends events again whose outcome is open, or a refusal that may pass, with growing pauses. What may be stored by one attempt is never
 * `rejected`, whatever later ones are told. Holds no more than the batches that are on their way.
 */
export function retrying(input: RetryInput): RetryingSink {
  const { sink, seed, limitMs, clock, stop, pause = wait } = input;
  const key = keyOf('retry', String(seed));
  let retries = 0;
  const send = async (events: readonly TrafficEvent[]): Promise<readonly SendOutcome[]> => {
    const untilMs = clock.now() + limitMs;
    const outcomes = [...(await sink.send(events))];
    // May be stored, and will not be taken any more.
    const refused = new Set<number>();
    for (let attempt = 0; ; attempt++) {
      const again = events.flatMap((_, index) =>
        isTrouble(outcomes[index] ?? NO_OUTCOME) && !refused.has(index) ? [index] : [],
      );
      const ms = pauseMs(key, events[0]?.sequence ?? 0, attempt);
      if (again.length === 0 || stop.aborted || clock.now() + ms >= untilMs) return outcomes;
      await pause(ms, stop);
      if (stop.aborted) return outcomes;
      retries += again.length;
      const next = await sink.send(again.flatMap((index) => events[index] ?? []));
      for (const [place, index] of again.entries()) {
        const told = next[place] ?? NO_OUTCOME;
        const mayBeStored = outcomes[index]?.type !== 'rejected';
        if (mayBeStored && !isTrouble(told) && told.type === 'rejected') refused.add(index);
        if (!mayBeStored || told.type !== 'rejected') outcomes[index] = told;
      }
    }
  };
  return {
    send,
    tellsHits: sink.tellsHits === true,
    close: () => sink.close(),
    get retries() {
      return retries;
    },
  };
}

const NO_OUTCOME: SendOutcome = { type: 'unknown', reason: 'the sink gave no outcome' };

/** Twice as long after each attempt up to a limit, and a part of it at random, so that batches that failed together come apart. */
function pauseMs(key: RandomKey, sequence: number, attempt: number): number {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return longest * (0.5 + 0.5 * uniformAt(key, sequence + attempt));
}
