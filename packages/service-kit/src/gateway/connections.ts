import { Connections } from '../http/connections.ts';
import { UpstreamSocket } from './upstream-socket.ts';
import type { Upstream } from './upstreams.ts';

const known = new WeakMap<Upstream, Connections>();

/** Those to one upstream. */
export function connectionsTo(upstream: Upstream): Connections {
  const { host, port } = upstream;
  const connections =
    known.get(upstream) ?? new Connections(() => new UpstreamSocket().connect({ host, port, noDelay: true }));
  known.set(upstream, connections);
  return connections;
}

/** Nothing more is sent on a connection that was kept: the upstream has not answered, and may not even be there. */
export function forgetConnections(upstream: Upstream): void {
  connectionsTo(upstream).closeIdle();
}
