import { createServer } from 'node:net';

/**
 * The first of `count` ports in a row that are free now, below those that the kernel gives to outgoing connections: one
 * of these could be taken a moment later.
 */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 12_000 + Math.floor(Math.random() * 18_000);
    const all = Array.from({ length: count }, (_, index) => isFree(first + index));
    if (!(await Promise.all(all)).includes(false)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
