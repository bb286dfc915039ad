import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

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
) {
  const open = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: to, noDelay: true });
    for (const one of [client, upstream]) {
      open.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => open.delete(one));
    }
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
