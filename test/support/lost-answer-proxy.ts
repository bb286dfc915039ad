import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Stands between clients and a server, and cuts one connection when its client sends `last` after it has sent `first`: the
 * server gets it, and its answer does not arrive. The other connections stay.
 */
export async function openLostAnswerProxy(to: number, first: string, last: string) {
  const open = new Set<Socket>();
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
      isNear ||= bytes.includes(first);
      const isLast = isNear && bytes.includes(last);
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
