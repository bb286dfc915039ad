import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Where clients connect to. Its end is the end of every connection. */
export interface ProxyServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens on a free port of loopback.
 * @param onClient called for each client. `open` has the connections that are to be ended with the proxy: see `kept`.
 */
export async function openProxyServer(onClient: (client: Socket, open: Set<Socket>) => void): Promise<ProxyServer> {
  const open = new Set<Socket>();
  const server = createServer((client) => onClient(client, open));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}

/** Remembers connections while they are open; an error ends one. */
export function kept(open: Set<Socket>, ...sockets: readonly Socket[]): void {
  for (const one of sockets) {
    open.add(one);
    one.on('error', () => one.destroy());
    one.on('close', () => open.delete(one));
  }
}

/** A connection to the server behind the proxy. Where it or the client ends, so does the other. */
export function connectBehind(to: number, client: Socket, open: Set<Socket>): Socket {
  const upstream = connect({ host: '127.0.0.1', port: to, noDelay: true });
  kept(open, client, upstream);
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
  return upstream;
}
