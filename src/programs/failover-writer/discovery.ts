import { type Answer, agree, freshOf } from '../../clients/redis/agree.ts';
import { type BareConnection, openBare } from '../../clients/redis/bare-connection.ts';
import { monotonicMs, type Reachable, type WriterPlan } from './protocol/plan.ts';
import { targetOf } from './target.ts';

/** Between two questions to the same Sentinel: part of the resolution. */
export const DISCOVERY_MS = 5;
const TIMEOUT_MS = 250;
/** An older answer is that of a Sentinel which no longer answers. */
const MAX_AGE_MS = 100;

export interface Discovery {
  /**
   * Starts asking; `onAnswer` is called at every answer with the master that they agree on, undefined while they differ. A no-op
   * while it is running.
   */
  start(): void;
  /** Stops asking. Connections stay open for the next time. */
  stop(): void;
  close(): void;
}

/** @param askedAt when the oldest question left whose answer counts: by then it was so. On the clock of `monotonicMs`. */
type OnAnswer = (master: Reachable | undefined, askedAt: number) => void;

/**
 * Asks all Sentinels who the master is, each by itself: a Sentinel that is slow (it writes its
 * configuration to disk during an election) or dead must not delay the others.
 */
export function createDiscovery(plan: WriterPlan, onAnswer: OnAnswer): Discovery {
  const answers = new Map<string, Answer & { readonly askedAt: number }>();
  const clients = new Map<string, BareConnection>();
  let running: AbortController | undefined;

  const ask = async (sentinel: Reachable, signal: AbortSignal) => {
    const known = clients.get(sentinel.name);
    const client = known?.isOpen() ? known : openBare(targetOf(sentinel, plan.sentinelPassword, TIMEOUT_MS));
    clients.set(sentinel.name, client);
    const askedAt = monotonicMs();
    const reply = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', plan.group);
    if (signal.aborted || !Array.isArray(reply)) return;
    const now = monotonicMs();
    answers.set(sentinel.name, { address: `${reply[0]}:${reply[1]}`, at: now, askedAt });
    const fresh = freshOf([...answers.values()], now, MAX_AGE_MS);
    const agreed = agree(fresh, now, MAX_AGE_MS);
    const master = agreed === undefined ? undefined : plan.members.find(({ peer }) => peer === agreed);
    onAnswer(master, Math.min(...fresh.map((answer) => answer.askedAt)));
  };

  const askAgain = async (sentinel: Reachable, signal: AbortSignal) => {
    while (!signal.aborted) {
      const next = performance.now() + DISCOVERY_MS;
      await ask(sentinel, signal).catch(() => {
        // The answer of a Sentinel that cannot be asked does not count; the next question makes a new connection.
        clients.get(sentinel.name)?.close();
        clients.delete(sentinel.name);
        answers.delete(sentinel.name);
      });
      await until(next);
    }
  };

  const stop = () => {
    running?.abort();
    running = undefined;
    answers.clear();
  };

  return {
    start: () => {
      if (running !== undefined) return;
      running = new AbortController();
      for (const sentinel of plan.sentinels) void askAgain(sentinel, running.signal);
    },
    stop,
    close: () => {
      stop();
      for (const client of clients.values()) client.close();
      clients.clear();
    },
  };
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, at - performance.now()));
}
