import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /** Pieces that clients have sent so far, over all connections. */
  readonly sent: () => number;
}

/**
 * Stands between clients and a server, and cuts every connection at once when the clients send their piece number `at`,
 * as the end of the client's process would. @param arrives the last piece still reaches the server.
 */
export async function openCutProxy(to: number, at: number, arrives: boolean): Promise<CutProxy> {
  const open = new Set<Socket>();
  let sent = 0;
  const server = createServer((client) => {
    if (sent >= at) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: to, noDelay: true });
    for (const one of [client, upstream]) {
      open.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => {
      sent++;
      if (sent < at || arrives) upstream.write(bytes);
      if (sent < at) return;
      // `end`, so that what was written last is delivered first.
      for (const one of open)
        if (one === upstream) one.end();
        else one.destroy();
    });
    upstream.pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}
