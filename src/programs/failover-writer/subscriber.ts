import type { BareConnection } from '../../clients/redis/bare-connection.ts';
import { poll } from '../../lib/poll.ts';
import type { Away, Heard } from '../../stack/contract/final-read.ts';
import { type Connection, type MasterLink, openMasterLink } from './master-link.ts';
import { monotonicMs, type WriterPlan } from './protocol/plan.ts';

/** How often it asks whether its server is still there. A frozen one keeps the connection open. */
const PING_MS = 100;
/** So many of these later it also asks the Sentinels: a server that is the master no more may let it stay. */
const PINGS_A_QUESTION = 10;
/** Between two looks for a master while it has none. */
const LOOK_MS = 5;

export interface Subscriber {
  /** Everything that was sent to it until now: what is on its way is waited for, unless its server does not answer. */
  heard(): Promise<Heard>;
  close(): void;
}

interface State {
  readonly messages: { readonly value: number; readonly at: number }[];
  readonly away: Away[];
  subscribed: BareConnection | undefined;
  /** The last sign of life of its server; undefined before the first one. */
  lastSign: number | undefined;
  pings: number;
}

/**
 * A subscriber as a careful application would be: it is subscribed at the master that the Sentinels name, and when its connection
 * ends or its server does not answer, it looks for the master again. Resolves when it is subscribed.
 * @param timeoutMs for an answer of its server.
 */
export async function openSubscriber(plan: WriterPlan, timeoutMs: number): Promise<Subscriber> {
  const link = openMasterLink({ plan, timeoutMs });
  const state: State = { messages: [], away: [], subscribed: undefined, lastSign: undefined, pings: 0 };
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const lookIn = (ms: number): void => {
    clearTimeout(timer);
    if (isClosed) return;
    timer = setTimeout(() => {
      void look(link, state, plan.key, () => lookIn(0)).then((isThere) => lookIn(isThere ? PING_MS : LOOK_MS));
    }, ms);
  };
  lookIn(0);
  await poll(() => (state.subscribed === undefined ? undefined : true), {
    everyMs: 5,
    signal: new AbortController().signal,
  });
  return {
    heard: async () => {
      // Answers come in the order of what was sent: behind this one nothing is missing.
      await state.subscribed?.call('PING').catch(() => undefined);
      const isThere = link.current()?.client === state.subscribed;
      const away = isThere || state.lastSign === undefined ? [] : [{ from: state.lastSign, to: monotonicMs() }];
      return { messages: state.messages, away: [...state.away, ...away] };
    },
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      link.close();
    },
  };
}

/** @returns whether it is subscribed. @param onGone called when it is not any more. */
async function look(link: MasterLink, state: State, channel: string, onGone: () => void): Promise<boolean> {
  const connection = link.current();
  if (connection === undefined) return false;
  try {
    if (state.subscribed === connection.client) await confirm(link, state, connection);
    else await subscribe(link, state, { connection, channel, onGone });
    state.lastSign = monotonicMs();
    return true;
  } catch {
    link.doubt(connection, 'drop');
    return false;
  }
}

/** Its server answers; now and then the Sentinels are asked whether it still is the master, which is doubted until the next look. */
async function confirm(link: MasterLink, state: State, connection: Connection): Promise<void> {
  await connection.client.call('PING');
  state.pings += 1;
  if (state.pings % PINGS_A_QUESTION === 0) link.doubt(connection, 'keep');
  else link.trust(connection);
}

interface Subscription {
  readonly connection: Connection;
  readonly channel: string;
  readonly onGone: () => void;
}

async function subscribe(link: MasterLink, state: State, { connection, channel, onGone }: Subscription): Promise<void> {
  const { client } = connection;
  client.onMessage((text) => {
    const at = monotonicMs();
    state.messages.push({ value: Number(text), at });
    state.lastSign = at;
  });
  // A message may come with the answer.
  const from = state.lastSign;
  await client.call('SUBSCRIBE', channel);
  if (from !== undefined) state.away.push({ from, to: monotonicMs() });
  link.trust(connection);
  state.subscribed = client;
  client.onEnd(onGone);
}
