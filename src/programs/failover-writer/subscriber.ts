import type { BareConnection } from '../../clients/redis/bare-connection.ts';
import { poll } from '../../lib/poll.ts';
import type { Heard } from '../../stack/contract/final-read.ts';
import { openMasterLink } from './master-link.ts';
import { monotonicMs, type WriterPlan } from './protocol/plan.ts';

/** How often it asks whether its server is still there. A frozen one keeps the connection open. */
const PING_MS = 100;

export interface Subscriber {
  /** Everything that has arrived so far, in that order. */
  heard(): readonly Heard[];
  close(): void;
}

/**
 * A subscriber as a careful application would be: it is subscribed at the master that the Sentinels name, and when its connection
 * ends or its server does not answer, it looks for the master again. Resolves when it is subscribed.
 * @param timeoutMs for an answer of its server.
 */
export async function openSubscriber(plan: WriterPlan, timeoutMs: number): Promise<Subscriber> {
  const link = openMasterLink({ plan, timeoutMs });
  const heard: Heard[] = [];
  let subscribed: BareConnection | undefined;
  const look = async (): Promise<void> => {
    const connection = link.current();
    if (connection === undefined) return;
    const { client } = connection;
    try {
      if (subscribed === client) return void (await client.call('PING'));
      client.onMessage((text) => heard.push({ value: Number(text), at: monotonicMs() }));
      await client.call('SUBSCRIBE', plan.key);
      link.trust(connection);
      subscribed = client;
    } catch {
      link.doubt(connection, 'drop');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const lookAgain = (): void => {
    if (isClosed) return;
    // Without a subscription every moment counts; with one, a question now and then.
    const isThere = subscribed !== undefined && link.current()?.client === subscribed;
    timer = setTimeout(() => void look().then(lookAgain), isThere ? PING_MS : 1);
  };
  lookAgain();
  await poll(() => (subscribed === undefined ? undefined : true), { everyMs: 5, signal: new AbortController().signal });
  return {
    heard: () => heard,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      link.close();
    },
  };
}
