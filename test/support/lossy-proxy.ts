import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyProxy extends AsyncDisposable {
  readonly port: number;
  /** Answers that did not arrive so far. */
  lost(): number;
  /** Connections of clients so far. */
  connections(): number;
}

/**
 * Stands between clients and a server. Of the pieces of clients that hold `mark`, from the second on, each `every`-th ends its
 * connection when the server has begun to answer: what it did is done, and nobody hears of it. `most` answers are lost at most.
 */
export async function openLossyProxy(
  to: number,
  mark: string,
  { every = 5, most = Number.POSITIVE_INFINITY } = {},
): Promise<LossyProxy> {
  const open = new Set<Socket>();
  let [seen, lost, connections] = [0, 0, 0];
  const server = createServer((client) => {
    connections += 1;
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
    let isLost = false;
    client.on('data', (bytes) => {
      if (bytes.includes(mark) && ++seen % every === 1 && seen > 1 && lost < most && !isLost) {
        isLost = true;
        lost += 1;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isLost) client.destroy();
      else client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lost: () => lost,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const one of open) one.destroy();
    },
  };
}
