import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface EngineProxy extends AsyncDisposable {
  /** For DOCKER_HOST. */
  readonly host: string;
}

/** An Engine that ends half way: forwards to the real one until a request holds `fatal`, then it is gone for good. */
export async function openEngineProxy(socket: string, fatal: string): Promise<EngineProxy> {
  const target = (process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock').replace('unix://', '');
  const open = new Set<Socket>();
  const end = (): void => {
    server.close();
    for (const one of open) one.destroy();
  };
  const server = createServer((client) => {
    const engine = connect(target);
    for (const one of [client, engine]) {
      open.add(one);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        client.destroy();
        engine.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (bytes.includes(fatal)) end();
    });
    client.pipe(engine).pipe(client);
  });
  server.listen(socket);
  await once(server, 'listening');
  return { host: `unix://${socket}`, [Symbol.asyncDispose]: async () => end() };
}
