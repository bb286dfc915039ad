import { connect, type Socket } from 'node:net';

export interface Link {
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** So much may be on its way in one direction; the rest waits at the sender, as on a network that is slow. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Passes on what comes in, later, and what comes back too; an end as well. */
export function slowLink(incoming: Socket, { host, port, ...delay }: Link): void {
  const outgoing = connect({ host, port, noDelay: true });
  incoming.setNoDelay(true);
  pass(incoming, outgoing, delay);
  pass(outgoing, incoming, delay);
}

function pass(from: Socket, to: Socket, { delayMs, jitterMs }: Pick<Link, 'delayMs' | 'jitterMs'>): void {
  const waiting: (() => void)[] = [];
  let lastAt = 0;
  let bytesWaiting = 0;
  // In the order in which it came, whatever jitter each part has: each timer lets the oldest one go.
  const later = (act: () => void): void => {
    const now = performance.now();
    lastAt = Math.max(lastAt, now + delayMs + (2 * Math.random() - 1) * jitterMs);
    waiting.push(act);
    setTimeout(() => waiting.shift()?.(), lastAt - now);
  };
  const hold = (): void => {
    const isFull = bytesWaiting + to.writableLength > MOST_BYTES;
    if (isFull) from.pause();
    else if (from.isPaused()) from.resume();
  };
  from.on('data', (bytes) => {
    bytesWaiting += bytes.length;
    later(() => {
      bytesWaiting -= bytes.length;
      to.write(bytes);
      hold();
    });
    hold();
  });
  to.on('drain', hold);
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
  from.on('close', () => later(() => to.destroy()));
}
