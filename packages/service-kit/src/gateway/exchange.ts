import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Call } from './answer.ts';
import { connectionsTo } from './connections.ts';
import { endToEnd, forwardedHeaders } from './headers.ts';
import { passOn } from './pass-on.ts';
import { sendBody } from './request-body.ts';
import type { Upstream } from './upstreams.ts';

/** What became of one attempt: `unsent` is certain that the upstream has not seen the request. */
export type Outcome =
  | { readonly type: 'answered' }
  /** `wasKept`: on a connection that had served another request before. */
  | { readonly type: 'unsent' | 'failed' | 'timeout'; readonly reason: string; readonly wasKept?: boolean };

export interface ExchangeLimits {
  /** Milliseconds to connect to an upstream. */
  readonly connectTimeoutMs: number;
  /** Milliseconds without a byte from or to an upstream. */
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/**
 * Sends the request to one upstream and passes its answer on, both as they come; nothing of the body is read before there is a
 * connection. @throws for a request that cannot be made.
 */
export async function exchange(call: Call, upstream: Upstream, limits: ExchangeLimits): Promise<Outcome> {
  const { incoming, outgoing } = call;
  return new Promise((resolve) => {
    const sent = upstreamRequest(incoming, upstream);
    let failure: 'unsent' | 'failed' | 'timeout' = 'unsent';
    const abandon = (): void => void sent.destroy();
    const end = (outcome: Outcome): void => {
      outgoing.off('close', abandon);
      resolve(outcome);
    };
    // The client has gone: the answer is not needed any more.
    outgoing.once('close', abandon);
    sent.on('error', ({ message }) => end({ type: failure, reason: message, wasKept: sent.reusedSocket }));
    let answer: IncomingMessage | undefined;
    // E.g. of an answer that changes the protocol, which nobody has asked for.
    sent.once('close', () => answer ?? end({ type: failure, reason: 'the connection was closed' }));
    whenConnected(sent, limits.connectTimeoutMs, () => {
      failure = 'failed';
      sent.setTimeout(limits.idleTimeoutMs, () => {
        // Then it is the client that takes nothing.
        if (answer?.isPaused()) return;
        failure = 'timeout';
        sent.destroy(new Error(`no byte within ${limits.idleTimeoutMs} ms`));
      });
      sendBody(call, sent, limits.maxBodyBytes);
    });
    sent.once('response', (response) => {
      answer = response;
      try {
        beginAnswer(response, outgoing, upstream.name);
      } catch (error) {
        sent.destroy(error as Error);
        return end({ type: 'failed', reason: (error as Error).message });
      }
      passOn(response, outgoing, (error) => {
        // An answer that ends early must not look complete.
        if (error) outgoing.destroy();
        // One that came before the whole request was sent: the rest of that must not be taken for another one.
        if (error || !sent.writableFinished) sent.destroy();
        end(error ? { type: 'failed', reason: error.message } : { type: 'answered' });
      });
    });
  });
}

function upstreamRequest(incoming: IncomingMessage, upstream: Upstream): ClientRequest {
  const { host, port } = upstream;
  return request({
    agent: connectionsTo(upstream),
    ...{ host, port },
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: upstreamHeaders(incoming) as string[],
    setHost: false,
  });
}

/** On a connection that was kept: at once. Without one in time the request ends with an error. */
function whenConnected(sent: ClientRequest, timeoutMs: number, then: () => void): void {
  sent.once('socket', (socket) => {
    // One that could not even begin to connect is destroyed, and ends the request.
    if (!socket.connecting && !socket.destroyed) return then();
    const limit = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs);
    socket.once('close', () => clearTimeout(limit));
    socket.once('connect', () => {
      clearTimeout(limit);
      then();
    });
  });
}

/** @throws where an answer has begun already, and for a status or a text that HTTP does not have. */
function beginAnswer(response: IncomingMessage, outgoing: ServerResponse, upstream: string): void {
  if (outgoing.headersSent) throw new Error('the request is answered already');
  const headers = [...endToEnd(response.rawHeaders), 'X-Upstream', upstream];
  outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, headers);
}

function upstreamHeaders(incoming: IncomingMessage): readonly string[] {
  const { rawHeaders, socket } = incoming;
  const chunked = incoming.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked'];
  return [...forwardedHeaders({ rawHeaders, remoteAddress: socket.remoteAddress ?? 'unknown' }), ...chunked];
}
