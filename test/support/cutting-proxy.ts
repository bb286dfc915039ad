import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between a client and an HTTP server, and ends the client's world at one of its requests. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests since the last `reset`. */
  count(): number;
  /** Counts from 0 again. At request `at` everything ends for the client; `arrives`: the server still gets that request. */
  reset(at?: number, arrives?: boolean): void;
}

/** To the server, a client that was killed and one whose requests end are the same. */
export async function openCuttingProxy(serverPort: number): Promise<CuttingProxy> {
  let count = 0;
  let cut = Number.POSITIVE_INFINITY;
  let lastArrives = false;
  const forward = (incoming: IncomingMessage, done: (answer: IncomingMessage) => void): void => {
    const { method, url, headers } = incoming;
    const sent = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers, agent: false }, done);
    sent.on('error', () => incoming.socket.destroy());
    incoming.pipe(sent);
  };
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    count += 1;
    if (count > cut || (count === cut && !lastArrives)) return void incoming.socket.destroy();
    forward(incoming, (answer) => {
      if (count >= cut) {
        answer.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    reset: (at = Number.POSITIVE_INFINITY, arrives = false) => {
      count = 0;
      cut = at;
      lastArrives = arrives;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
