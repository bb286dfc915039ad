import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { answerError, answerTooLarge, type Call } from './answer.ts';
import { type AttemptLimits, attempt } from './attempt.ts';
import type { Outcome } from './exchange.ts';
import { hasBody, smallBody } from './request-body.ts';
import { inOrder, type Upstream } from './upstreams.ts';

export interface ProxyOptions extends AttemptLimits {
  readonly upstreams: () => readonly Upstream[];
  readonly log: Log;
}

/** Methods that may be sent twice without doing anything twice (RFC 9110, 9.2.2), when there is no body to send again. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Passes requests on to the upstreams, small bodies at once and others as they come. A connection that cannot be made proves that nothing was sent, and
 * the next upstream is tried. After that, and on a connection that was kept, only a request that may be repeated is tried
 * again; any other is answered with 502 or 504, and whether it was done is not known.
 */
export function createProxy(options: ProxyOptions): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  let turn = 0;
  return (incoming, outgoing) => {
    const length = Number(incoming.headers['content-length'] ?? 0);
    if (length > options.maxBodyBytes) return answerTooLarge({ incoming, outgoing }, options.maxBodyBytes);
    turn = (turn + 1) % 1_000_000_007;
    const forwarded = forward({ incoming, outgoing }, turn, options);
    // One request must not end the others.
    forwarded.catch((error: Error) => {
      options.log.error('a request could not be passed on', { error });
      outgoing.destroy();
    });
  };
}

function isOver({ outgoing }: Call, outcome: Outcome): outcome is { readonly type: 'answered' } {
  return outcome.type === 'answered' || outgoing.headersSent || outgoing.destroyed;
}

async function forward(call: Call, turn: number, options: ProxyOptions): Promise<void> {
  const { incoming, outgoing } = call;
  const repeatable = REPEATABLE.has(incoming.method ?? '') && !hasBody(incoming);
  const body = await smallBody(incoming);
  // The client has gone before it was whole.
  if (outgoing.destroyed || (body === undefined && incoming.destroyed)) return;
  let last: Outcome = { type: 'unsent', reason: 'there is no upstream' };
  for (const upstream of inOrder(options.upstreams(), turn)) {
    last = await attempt(call, body, upstream, options);
    if (isOver(call, last)) return;
    // Its other end may have gone while it was kept: there are none of them now.
    if (last.wasKept && (repeatable || last.type === 'unsent')) last = await attempt(call, body, upstream, options);
    if (isOver(call, last)) return;
    options.log.warn('an upstream did not answer', {
      upstream: upstream.name,
      method: incoming.method,
      outcome: last.type,
      reason: last.reason,
    });
    if (last.type !== 'unsent' && !repeatable) break;
  }
  if (last.type === 'unsent') answerError(outgoing, 503, `no upstream can be reached: ${last.reason}`);
  else if (last.type === 'timeout') answerError(outgoing, 504, 'the upstream did not answer in time');
  else if (last.type === 'failed') answerError(outgoing, 502, `the upstream broke off: ${last.reason}`);
}
