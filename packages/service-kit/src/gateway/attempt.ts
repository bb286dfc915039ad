import type { Call } from './answer.ts';
import { forgetConnections } from './connections.ts';
import { type ExchangeLimits, exchange, type Outcome } from './exchange.ts';
import type { Upstream } from './upstreams.ts';

export type AttemptLimits = ExchangeLimits;

/** Tries one upstream, and counts in it what became of the attempt. Never rejects. @param body see `exchange`. */
export async function attempt(
  call: Call,
  body: Buffer | undefined,
  upstream: Upstream,
  limits: AttemptLimits,
): Promise<Outcome> {
  const { outgoing } = call;
  upstream.active += 1;
  try {
    const outcome = await exchange(call, body, upstream, limits);
    if (outcome.type === 'answered') upstream.answered += 1;
    // What a client breaks off says nothing about the upstream.
    else if (!outgoing.headersSent && !outgoing.destroyed) countFailure(upstream, outcome);
    return outcome;
  } catch (error) {
    return { type: 'unsent', reason: (error as Error).message };
  } finally {
    upstream.active -= 1;
  }
}

function countFailure(upstream: Upstream, { type, wasKept }: Exclude<Outcome, { type: 'answered' }>): void {
  upstream.failed += 1;
  if (type === 'unsent' && !wasKept) upstream.up = false;
  forgetConnections(upstream);
}
