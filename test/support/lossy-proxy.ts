import { connectBehind, openProxyServer, type ProxyServer } from './proxy-server.ts';

export interface LossyProxy extends ProxyServer {
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
  let [seen, lost, connections] = [0, 0, 0];
  const proxy = await openProxyServer((client, open) => {
    connections += 1;
    const upstream = connectBehind(to, client, open);
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
  return { ...proxy, lost: () => lost, connections: () => connections };
}
