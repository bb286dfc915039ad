import { connect } from 'node:net';
import { kept, openProxyServer, type ProxyServer } from './proxy-server.ts';

/**
 * Stands between clients and a server, and cuts one connection when its client sends `last` after it has sent `first`: the
 * server gets it, and its answer does not arrive. The other connections stay.
 * @param times connections that are cut at most.
 */
export async function openLostAnswerProxy(
  to: number,
  first: string | RegExp,
  last: string,
  times = Number.POSITIVE_INFINITY,
): Promise<ProxyServer> {
  let cuts = 0;
  return openProxyServer((client, open) => {
    const upstream = connect({ host: '127.0.0.1', port: to, noDelay: true });
    kept(open, client, upstream);
    client.on('close', () => upstream.end());
    upstream.on('close', () => client.destroy());
    let isNear = false;
    client.on('data', (bytes) => {
      isNear ||= typeof first === 'string' ? bytes.includes(first) : first.test(bytes.toString('latin1'));
      const isLast = cuts < times && isNear && bytes.includes(last);
      if (isLast) cuts += 1;
      if (isLast) upstream.unpipe(client);
      upstream.write(bytes);
      if (isLast) client.destroy();
    });
    upstream.pipe(client);
  });
}
