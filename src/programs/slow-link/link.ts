import { connect, type Socket } from 'node:net';

export interface Link {
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

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
  // In the order in which it came, whatever jitter each part has: each timer lets the oldest one go.
  const later = (act: () => void): void => {
    const now = performance.now();
    lastAt = Math.max(lastAt, now + delayMs + (2 * Math.random() - 1) * jitterMs);
    waiting.push(act);
    setTimeout(() => waiting.shift()?.(), lastAt - now);
  };
  from.on('data', (bytes) => later(() => void to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
  from.on('close', () => later(() => to.destroy()));
}
