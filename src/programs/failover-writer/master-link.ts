import { type BareConnection, openBare } from '../../clients/redis/bare-connection.ts';
import { createDiscovery } from './discovery.ts';
import { monotonicMs, type Reachable, type WriterPlan } from './protocol/plan.ts';
import { targetOf } from './target.ts';

/** Between two attempts to connect to the same instance; another one is tried at once. */
const RECONNECT_MS = 10;

export interface Connection {
  readonly node: Reachable;
  readonly client: BareConnection;
}

/** The one connection of a writer, which moves to another master when it is in doubt. */
export interface MasterLink {
  /** Undefined while no master is known. */
  current(): Connection | undefined;
  /**
   * An acknowledgement ends all doubt about this master, until the next error.
   * @returns for the first one after a search: when it last found no other master than before, or its beginning.
   */
  trust(connection: Connection): number | undefined;
  /**
   * Asks the Sentinels again. `drop`: the connection is of no use any more.
   * @param refusedAt when the write left that the server refused in words. From another master than before that means that it
   *   did not take writes until then: what comes of it is no delay of the writer's own.
   */
  doubt(connection: Connection, fate: 'keep' | 'drop', refusedAt?: number): void;
  close(): void;
}

interface State {
  current: Connection | undefined;
  /** The instance that is being connected to. */
  attempt: Reachable | undefined;
  failed: { readonly node: string; readonly at: number } | undefined;
  /** Who acknowledged last. */
  trusted: string | undefined;
  /** Of the search that runs: see `trust`. On the clock of `monotonicMs`. */
  noneAt: number | undefined;
  closed: boolean;
}

export interface MasterLinkInput {
  readonly plan: WriterPlan;
  /** A master that does not answer within this counts as down. */
  readonly timeoutMs: number;
}

/** Looks for the master at once and whenever its connection ends. */
export function openMasterLink({ plan, timeoutMs }: MasterLinkInput): MasterLink {
  const state: State = {
    ...{ current: undefined, attempt: undefined, failed: undefined },
    ...{ trusted: undefined, noneAt: undefined, closed: false },
  };
  const discovery = createDiscovery(plan, (master, askedAt) => {
    if (master === undefined || master.name === state.trusted) state.noneAt = askedAt;
    if (master !== undefined && isWorthATry(state, master)) void moveTo(master);
  });
  const search = (): void => {
    if (state.closed) return;
    state.noneAt ??= monotonicMs();
    discovery.start();
  };

  const moveTo = async (master: Reachable) => {
    const client = await attemptTo(state, master, openBare(targetOf(master, plan.password, timeoutMs)));
    if (client === undefined) return;
    const previous = state.current;
    state.current = { node: master, client };
    discovery.stop();
    client.onEnd(() => lose(client));
    previous?.client.close();
  };

  const lose = (client: BareConnection) => {
    if (state.current?.client !== client) return; // an earlier write on it came here first
    state.current = undefined;
    client.close();
    search();
  };

  discovery.start();
  return {
    current: () => state.current,
    trust: (connection) => {
      if (state.current !== connection) return undefined;
      discovery.stop();
      const { noneAt } = state;
      state.trusted = connection.node.name;
      state.noneAt = undefined;
      return noneAt;
    },
    doubt: (connection, fate, refusedAt) => {
      if (refusedAt !== undefined && connection.node.name !== state.trusted)
        state.noneAt = Math.max(refusedAt, state.noneAt ?? refusedAt);
      if (fate === 'drop') lose(connection.client);
      else if (state.current === connection) search();
    },
    close: () => {
      state.closed = true;
      discovery.close();
      state.current?.client.close();
      state.current = undefined;
    },
  };
}

function isWorthATry({ current, attempt, failed }: State, { name }: Reachable): boolean {
  if (name === current?.node.name || name === attempt?.name) return false;
  return name !== failed?.node || performance.now() - failed.at >= RECONNECT_MS;
}

/** Undefined when it failed, and when another master was found or the link was closed meanwhile. */
async function attemptTo(state: State, master: Reachable, client: BareConnection): Promise<BareConnection | undefined> {
  state.attempt = master;
  const begunAt = monotonicMs();
  const isMaster = await saysMaster(client);
  if (!isMaster) {
    // Why does not matter: it is tried again.
    state.failed = { node: master.name, at: performance.now() };
    state.noneAt = Math.max(begunAt, state.noneAt ?? begunAt);
  }
  const isSuperseded = state.attempt !== master || state.closed;
  if (state.attempt === master) state.attempt = undefined;
  if (isMaster && !isSuperseded) return client;
  client.close();
  return undefined;
}

/** A frozen process accepts connections too (its kernel does), and a deposed master is still there: only its word counts. */
async function saysMaster(client: BareConnection): Promise<boolean> {
  try {
    const [role] = (await client.call('ROLE')) as readonly unknown[];
    return role === 'master';
  } catch {
    return false;
  }
}
