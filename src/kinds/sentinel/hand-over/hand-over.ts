import { withRedis } from '../../../clients/redis/connect.ts';
import { StackctlError } from '../../../errors.ts';
import { poll } from '../../../lib/poll.ts';
import type { HandOver, HandOverMode, HandOverStep, HandOverWish, Resyncs } from '../../../stack/contract/arbiter.ts';
import type { Instance, RecordedPrimary, ServiceInput } from '../../../stack/contract/model.ts';
import { askPrimary } from '../ask.ts';
import { memberTarget } from '../group.ts';
import type { SentinelOptions } from '../options.ts';
import type { Barred } from './choose.ts';
import { express } from './express.ts';
import { graceful } from './graceful.ts';
import { type Link, openLinks } from './links.ts';
import { preFlight } from './pre-flight.ts';
import { replicationOf, resyncsOf } from './replication.ts';
import { stock, untilAgreed } from './stock.ts';

type Input = ServiceInput<SentinelOptions>;

const ASK_MS = 1000;

/** Moves the master. @throws as `ArbiterCapability.handOver`. */
export async function handOver(input: Input, wish: HandOverWish, signal: AbortSignal): Promise<HandOver> {
  const mode = wish.mode ?? quickest(input);
  const barred = { to: wish.to, avoid: wish.avoid ?? [] };
  const begin = performance.now();
  const steps: Partial<Record<HandOverStep, number>> = {};
  const onStep = (step: HandOverStep): void => {
    steps[step] ??= performance.now() - begin;
    wish.onStep?.(step);
  };
  onStep('check');
  const { from, resyncs } = await WAYS[mode](input, barred, onStep, signal);
  return { mode, from: from.name, primary: await newPrimary(input, signal), steps, resyncs };
}

/** A Sentinel is told in the name of another one: so it takes two. */
function quickest({ service }: Input): HandOverMode {
  return service.instances.length > 1 ? 'express' : 'graceful';
}

type Way = (
  input: Input,
  barred: Barred,
  onStep: (step: HandOverStep) => void,
  signal: AbortSignal,
) => Promise<{ readonly from: Instance; readonly resyncs?: Resyncs }>;

const WAYS: Readonly<Record<HandOverMode, Way>> = {
  express: byExpress,
  graceful: async (...args) => ({ from: await graceful(...args) }),
  stock: async (input, { to }, onStep, signal) => {
    if (to !== undefined) throw chosenBySentinel();
    return { from: await stock(input, onStep, signal) };
  },
};

async function byExpress(
  input: Input,
  barred: Barred,
  onStep: (step: HandOverStep) => void,
  signal: AbortSignal,
): Promise<{ readonly from: Instance; readonly resyncs: Resyncs }> {
  const links = await openLinks(input);
  try {
    const plan = await preFlight(input, links, barred);
    const before = await resyncsOf(plan.to);
    await express(plan, onStep, signal);
    onStep('agree');
    await untilAgreed(input, plan.from.instance, signal);
    await untilLinked(input, [plan.from, ...plan.others], signal);
    const after = await resyncsOf(plan.to);
    return {
      from: plan.from.instance,
      resyncs: { full: after.full - before.full, partial: after.partial - before.partial },
    };
  } finally {
    links.close();
  }
}

/** Asked over connections of their own: a Sentinel that sets a server right closes the others. */
async function untilLinked(input: Input, replicas: readonly Link[], signal: AbortSignal): Promise<void> {
  const isLinked = ({ instance }: Link): Promise<boolean> =>
    withRedis(
      memberTarget(input, instance, ASK_MS),
      async (client) => (await replicationOf({ instance, client })).isLinked,
    );
  await poll(async () => ((await Promise.all(replicas.map(isLinked))).every(Boolean) ? true : undefined), {
    everyMs: 50,
    signal,
  });
}

async function newPrimary(input: Input, signal: AbortSignal): Promise<RecordedPrimary> {
  const { primary } = await askPrimary(input, signal);
  if (primary === undefined) throw new StackctlError('E_NOT_READY', 'no Sentinel answers after the hand-over');
  return primary;
}

function chosenBySentinel(): StackctlError {
  return new StackctlError('E_USAGE', 'with --mode stock the Sentinels choose the new master', {
    hint: 'Leave --to out, or take another mode.',
  });
}
