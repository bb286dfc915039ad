import type { Socket } from 'node:net';
import type { Call } from './answer.ts';
import { type ExchangeLimits, exchange, type Outcome } from './exchange.ts';
import { UpstreamSocket } from './upstream-socket.ts';
import type { Upstream } from './upstreams.ts';

export interface AttemptLimits extends ExchangeLimits {
  /** Milliseconds to connect to an upstream. */
  readonly connectTimeoutMs: number;
}

/** Tries one upstream, and counts in it what became of the attempt. Never rejects. */
export async function attempt(call: Call, upstream: Upstream, limits: AttemptLimits): Promise<Outcome> {
  const { outgoing } = call;
  upstream.active += 1;
  try {
    const socket = await connected(upstream, limits.connectTimeoutMs);
    const outcome = await exchange(call, socket, upstream.name, limits);
    if (outcome.type === 'answered') upstream.answered += 1;
    else if (!outgoing.headersSent && !outgoing.destroyed) upstream.failed += 1;
    return outcome;
  } catch (error) {
    upstream.up = false;
    upstream.failed += 1;
    return { type: 'unsent', reason: (error as Error).message };
  } finally {
    upstream.active -= 1;
  }
}

function connected({ host, port }: Upstream, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new UpstreamSocket().connect({ host, port, noDelay: true });
    const limit = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(limit));
    socket.once('connect', () => {
      clearTimeout(limit);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
