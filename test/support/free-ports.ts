import { createServer } from 'node:net';

/** Above the defaults of every stack, below the ports that the kernel gives to outgoing connections. */
const RANGE = { from: 20_000, to: 32_000 };

/** Test files that run at once draw from parts of their own: what is free when it is looked at stays free until it is used. */
const PARTS = 4;

/** The first of `count` ports in a row that are free now. */
export async function freePorts(count: number): Promise<number> {
  const size = (RANGE.to - RANGE.from) / PARTS;
  const from = RANGE.from + (Number(process.env.VITEST_POOL_ID ?? 0) % PARTS) * size;
  for (;;) {
    const first = from + Math.floor((Math.random() * size) / count) * count;
    const block = Array.from({ length: count }, (_, index) => first + index);
    if (first + count <= from + size && (await Promise.all(block.map(isFree))).every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
