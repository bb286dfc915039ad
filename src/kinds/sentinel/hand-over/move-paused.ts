import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import type { HandOverStep } from '../../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { askToFailOver, mayHaveBegun } from '../ask-to-fail-over.ts';
import type { SentinelOptions } from '../options.ts';
import { haveAll, tooFarBehind, untilCaughtUp } from './catch-up.ts';
import { disconnectClients } from './disconnect-clients.ts';
import { onServer } from './links.ts';
import { givenUp, outcomeOf } from './outcome.ts';

type Input = ServiceInput<SentinelOptions>;

/** Of the writes, once the old master can acknowledge none any more: clients wait instead of trying again and again. */
const PAUSE_MS = 5000;

export interface Move {
  readonly from: Instance;
  readonly candidates: readonly Instance[];
  /** The Sentinels that answered before anything was done. */
  readonly sentinels: readonly Instance[];
  readonly onStep: (step: HandOverStep) => void;
}

/**
 * Writes wait while the Sentinels fail over to one of the candidates, which have them all by then. As in an express hand-over the
 * old master is a replica of itself meanwhile: whoever dies now, and whenever the pause ends, it acknowledges nothing that
 * would be lost. Sentinels fail over from a master that says it is none, at once when they are asked, otherwise some 20 s
 * after down-after.
 */
export async function moveWhilePaused(input: Input, move: Move, signal: AbortSignal): Promise<void> {
  const { from, candidates, onStep } = move;
  const half = Math.floor(input.service.options.downAfterMs / 2);
  const soon = deadline(half, signal);
  onStep('pause');
  try {
    await pause(input, from, half);
    onStep('catch-up');
    await untilCaughtUp(input, from, candidates, soon);
    signal.throwIfAborted();
    const to = await whileFenced(input, move, signal);
    onStep('follow');
    await demote(input, from, to, signal);
  } finally {
    await unpause(input, from);
  }
  onStep('resume');
  await onServer(input, from, disconnectClients);
}

/** @returns the new master. @throws E_NOT_READY, after which the old master is one again where no Sentinel fails over. */
async function whileFenced(input: Input, move: Move, signal: AbortSignal): Promise<Instance> {
  const { from, candidates, onStep } = move;
  await follow(input, from, from);
  let mayGoOn = true;
  try {
    // The pause may have run out before.
    if (!(await haveAll(input, from, candidates))) throw tooFarBehind(from);
    await pause(input, from, PAUSE_MS);
    onStep('promote');
    mayGoOn = false;
    await askToFailOver(input, 'E_NOT_READY', signal).catch((error: unknown) => {
      mayGoOn = !mayHaveBegun(error);
      throw error;
    });
    const to = await untilPromoted(input, move, signal);
    mayGoOn = to === undefined;
    if (to === undefined) throw givenUp(from);
    return to;
  } finally {
    if (mayGoOn) await onServer(input, from, (client) => client.replicaof('NO', 'ONE'));
  }
}

/** Undefined when the Sentinels have given it up. */
async function untilPromoted(input: Input, move: Move, signal: AbortSignal): Promise<Instance | undefined> {
  const { from } = move;
  let renewAt = performance.now() + PAUSE_MS / 2;
  const { to } = await poll(
    async () => {
      const outcome = await outcomeOf(input, move);
      if (outcome !== undefined) return outcome;
      if (performance.now() >= renewAt) {
        // A server that is busy gets it with the next round.
        const isLonger = await pause(input, from, PAUSE_MS).then(
          () => true,
          () => false,
        );
        if (isLonger) renewAt = performance.now() + PAUSE_MS / 2;
      }
      return undefined;
    },
    { everyMs: 50, signal },
  );
  return to;
}

async function follow(input: Input, one: Instance, { peer }: Instance): Promise<void> {
  await onServer(input, one, (client) => client.replicaof(peer.host, peer.port));
}

/** Again and again while it is busy. */
async function demote(input: Input, from: Instance, to: Instance, signal: AbortSignal): Promise<void> {
  let reason: unknown;
  await poll(
    async () => {
      try {
        await follow(input, from, to);
        return true;
      } catch (error) {
        reason = error;
        await pause(input, from, PAUSE_MS).catch(() => undefined);
        return undefined;
      }
    },
    { everyMs: 50, signal: deadline(PAUSE_MS, signal) },
  ).catch((error: unknown) => {
    throw isTimeout(error) ? reason : error;
  });
}

/**
 * On a connection of its own: Sentinel closes all others when it reconfigures a server. Without this a failed hand-over
 * would leave a pause, which is an outage.
 */
async function unpause(input: Input, from: Instance): Promise<void> {
  await onServer(input, from, (client) => client.call('CLIENT', 'UNPAUSE')).catch(() => undefined);
}

/** Of writes. A longer one that is running is not made shorter. */
async function pause(input: Input, from: Instance, forMs: number): Promise<void> {
  await onServer(input, from, (client) => client.call('CLIENT', 'PAUSE', String(forMs), 'WRITE'));
}
