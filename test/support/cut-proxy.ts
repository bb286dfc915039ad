import { connectBehind, openProxyServer, type ProxyServer } from './proxy-server.ts';

export interface CutProxy extends ProxyServer {
  /** Pieces that clients have sent so far, over all connections. */
  readonly sent: () => number;
}

/**
 * Stands between clients and a server, and cuts every connection at once when the clients send their piece number `at`,
 * as the end of the client's process would. @param arrives the last piece still reaches the server.
 */
export async function openCutProxy(to: number, at: number, arrives: boolean): Promise<CutProxy> {
  let sent = 0;
  const proxy = await openProxyServer((client, open) => {
    if (sent >= at) {
      client.destroy();
      return;
    }
    const upstream = connectBehind(to, client, open);
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
  return { ...proxy, sent: () => sent };
}
