import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Log } from './log.ts';
import type { Stoppable } from './shutdown.ts';

/** A client that sends its request slower than this is dropped. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ListeningServer extends Stoppable {
  readonly port: number;
}

export interface ListenOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly log: Log;
}

/**
 * Listens and, when stopped, answers what was accepted and closes each connection after its answer.
 * @throws what `listen` fails with, e.g. EADDRINUSE.
 */
export async function listen(server: Server, { host, port, log }: ListenOptions): Promise<ListeningServer> {
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  const closeConnections = trackConnections(server);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  log.info('listening', { host: address.address, port: address.port });
  return {
    name: 'http server',
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      closeConnections();
      await closed;
    },
  };
}

/**
 * The function that closes every connection as soon as it has no request to answer. Node's `closeIdleConnections` leaves
 * out those that have not sent anything yet, and each of them would hold up the end.
 */
function trackConnections(server: Server): () => void {
  const idle = new Set<Socket>();
  let stopping = false;
  server.on('connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    if (stopping) response.setHeader('Connection', 'close');
    response.once('close', () => {
      if (stopping) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
  });
  return () => {
    stopping = true;
    for (const socket of idle) socket.destroySoon();
  };
}
