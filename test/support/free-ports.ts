import { createServer } from 'node:net';

/** Above the defaults of every stack, below the ports that the kernel gives to outgoing connections. */
const RANGE = { from: 20_000, to: 32_000 };

/** The first of `count` ports in a row that are free now. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = RANGE.from + Math.floor((Math.random() * (RANGE.to - RANGE.from)) / count) * count;
    const block = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(block.map(isFree))).every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
