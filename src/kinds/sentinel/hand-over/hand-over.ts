import { failureText } from '../../../clients/redis/failure.ts';
import { StackctlError } from '../../../errors.ts';
import type { HandOver, HandOverMode, HandOverStep, HandOverWish } from '../../../stack/contract/arbiter.ts';
import type { RecordedPrimary, ServiceInput } from '../../../stack/contract/model.ts';
import { askPrimary } from '../ask.ts';
import type { SentinelOptions } from '../options.ts';
import type { Choice } from './choose.ts';
import { coordinated } from './coordinated.ts';
import { express } from './express.ts';
import { graceful } from './graceful.ts';
import { leftOutText } from './left-out.ts';
import { LinkError } from './link-error.ts';
import { openLinks } from './links.ts';
import { preFlight } from './pre-flight.ts';
import { resyncsBetween, resyncsOf } from './replication.ts';
import { stock, untilAgreed } from './stock.ts';
import { untilLinked } from './until-linked.ts';
import type { Heard, Moved } from './way.ts';

type Input = ServiceInput<SentinelOptions>;

const ASK_MS = 1000;

/** Moves the master. @throws as `ArbiterCapability.handOver`. */
export async function handOver(input: Input, wish: HandOverWish, signal: AbortSignal): Promise<HandOver> {
  const mode = wish.mode ?? quickest(input);
  const choice = { to: wish.to, avoid: wish.avoid ?? [] };
  const begin = performance.now();
  const steps: Partial<Record<HandOverStep, number>> = {};
  const onStep = (step: HandOverStep): void => {
    steps[step] ??= performance.now() - begin;
    wish.onStep?.(step);
  };
  onStep('check');
  const onWarning = wish.onWarning ?? (() => undefined);
  const { from, resyncs, leftOut } = await WAYS[mode](input, choice, { onStep, onWarning }, signal).catch((error) => {
    throw signal.aborted ? error : asNotReady(error, steps.promote !== undefined);
  });
  return { mode, from: from.name, primary: await newPrimary(input, signal), leftOut, steps, resyncs };
}

/** A server that stops to answer in the middle is no fault of the program. */
function asNotReady(error: unknown, isBegun: boolean): unknown {
  if (error instanceof StackctlError) return error;
  const reason = error instanceof LinkError ? error.cause : error;
  const who = error instanceof LinkError ? `${error.server}: ` : '';
  return new StackctlError('E_NOT_READY', `the hand-over is not done: ${who}${failureText(reason, ASK_MS)}`, {
    hint: isBegun
      ? 'See who is the master now: stackctl status. The Sentinels end what was begun.'
      : 'Nothing was changed. See what is wrong: stackctl health',
    cause: error,
  });
}

/** A Sentinel is told in the name of another one: so it takes two. */
function quickest({ service }: Input): HandOverMode {
  return service.instances.length > 1 ? 'express' : 'graceful';
}

type Way = (input: Input, choice: Choice, heard: Heard, signal: AbortSignal) => Promise<Moved>;

const WAYS: Readonly<Record<HandOverMode, Way>> = {
  express: byExpress,
  graceful,
  stock: async (input, { to }, { onStep }, signal) => {
    if (to !== undefined) throw chosenBySentinel('stock');
    const links = await openLinks(input);
    links.close();
    const leftOut = links.unreachable.map(({ instance }) => instance.name);
    return { from: await stock(input, onStep, signal), leftOut };
  },
  coordinated: async (input, { to }, heard, signal) => {
    if (to !== undefined) throw chosenBySentinel('coordinated');
    return coordinated(input, heard, signal);
  },
};

async function byExpress(
  input: Input,
  choice: Choice,
  { onStep, onWarning }: Heard,
  signal: AbortSignal,
): Promise<Moved> {
  const links = await openLinks(input);
  try {
    const plan = await preFlight(input, links, choice);
    const before = await resyncsOf(plan.to);
    for (const one of plan.leftOut) onWarning(leftOutText(input, one));
    await express(plan, onStep, onWarning, signal);
    onStep('agree');
    await untilAgreed(input, plan.from.instance, signal);
    const replicas = [plan.from, ...plan.others].map(({ instance }) => instance);
    await untilLinked(input, replicas, signal);
    const after = await resyncsOf(plan.to);
    return {
      from: plan.from.instance,
      leftOut: plan.leftOut.map(({ instance }) => instance.name),
      resyncs: resyncsBetween(before, after),
    };
  } finally {
    links.close();
  }
}

async function newPrimary(input: Input, signal: AbortSignal): Promise<RecordedPrimary> {
  const { primary } = await askPrimary(input, signal);
  if (primary === undefined) throw new StackctlError('E_NOT_READY', 'no Sentinel answers after the hand-over');
  return primary;
}

function chosenBySentinel(mode: HandOverMode): StackctlError {
  return new StackctlError('E_USAGE', `with --mode ${mode} the Sentinels choose the new master`, {
    hint: 'Leave --to out, or take another mode.',
  });
}
