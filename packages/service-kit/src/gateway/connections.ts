import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import { UpstreamSocket } from './upstream-socket.ts';
import type { Upstream } from './upstreams.ts';

/**
 * Milliseconds for which a connection without a request is kept. Less than servers keep theirs (Node's: 5 s): who is to close first
 * must not be the one that a request may be on its way to.
 */
const IDLE_MS = 2000;
const MOST_IDLE = 128;

class Connections extends Agent {
  override createConnection({ host, port }: ClientRequestArgs): Duplex {
    return new UpstreamSocket().connect({ host: host ?? '', port: Number(port), noDelay: true });
  }
}

const known = new WeakMap<Upstream, Agent>();

/** Those of one upstream: a connection whose answer is complete is there for the next request. */
export function connectionsTo(upstream: Upstream): Agent {
  const agent =
    known.get(upstream) ?? new Connections({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: MOST_IDLE });
  known.set(upstream, agent);
  return agent;
}

/** Nothing more is sent on a connection that was kept: the upstream has not answered, and may not even be there. */
export function forgetConnections(upstream: Upstream): void {
  for (const kept of Object.values(connectionsTo(upstream).freeSockets))
    for (const socket of kept ?? []) socket.destroy();
}
