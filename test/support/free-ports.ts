import { createServer } from 'node:net';

/** Above the defaults of every stack, below the ports that the kernel gives to outgoing connections. */
const RANGE = { from: 20_000, to: 32_000 };

/**
 * Test files that run at once draw from parts of their own: what is free when it is looked at stays free until it is used.
 * Of two runs of Vitest at once, the second is told where its parts begin.
 */
const PARTS = 4;
const PART = Number(process.env.VITEST_POOL_ID ?? 0) + Number(process.env.STACKCTL_TEST_FIRST_PART ?? 0);

/** Ports that the tests of this file were given last, the newest at the end: those of two that run at once may not listen yet. */
const given = new Set<number>();

/** How many of them are remembered: more than tests that run at once take, and few enough for long files to find others. */
const REMEMBERED = 400;

/** The first of `count` ports in a row that are free now, and that no other test of this file was just given. */
export async function freePorts(count: number): Promise<number> {
  const size = (RANGE.to - RANGE.from) / PARTS;
  const from = RANGE.from + (PART % PARTS) * size;
  for (;;) {
    const first = from + Math.floor((Math.random() * size) / count) * count;
    const block = Array.from({ length: count }, (_, index) => first + index);
    if (first + count > from + size || block.some((port) => given.has(port))) continue;
    remember(block);
    if ((await Promise.all(block.map(isFree))).every(Boolean)) return first;
  }
}

function remember(block: readonly number[]): void {
  for (const port of block) given.add(port);
  for (const oldest of given) {
    if (given.size <= REMEMBERED) return;
    given.delete(oldest);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
