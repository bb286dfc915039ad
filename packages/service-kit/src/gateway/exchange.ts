import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Call } from './answer.ts';
import { endToEnd, forwardedHeaders } from './headers.ts';
import { sendBody } from './request-body.ts';

/** What became of one attempt: `unsent` is certain that the upstream has not seen the request. */
export type Outcome =
  | { readonly type: 'answered' }
  | { readonly type: 'unsent' | 'failed' | 'timeout'; readonly reason: string };

export interface ExchangeLimits {
  /** Milliseconds without a byte from or to an upstream. */
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
}

/**
 * Sends the request to one upstream and passes its answer on, both as they come. Never rejects.
 * @param socket connected to the upstream, for this request alone.
 * @param name of the upstream, for the header `X-Upstream` of the answer.
 */
export function exchange(call: Call, socket: Socket, name: string, limits: ExchangeLimits): Promise<Outcome> {
  const { incoming, outgoing } = call;
  return new Promise((resolve) => {
    const sent = upstreamRequest(incoming, socket);
    let timedOut = false;
    const abandon = (): void => void sent.destroy();
    const end = (outcome: Outcome): void => {
      outgoing.off('close', abandon);
      resolve(outcome);
    };
    // The client has gone: the answer is not needed any more.
    outgoing.once('close', abandon);
    socket.setTimeout(limits.idleTimeoutMs, () => {
      timedOut = true;
      sent.destroy(new Error(`no byte within ${limits.idleTimeoutMs} ms`));
    });
    sent.on('error', ({ message }) => end({ type: timedOut ? 'timeout' : 'failed', reason: message }));
    sent.once('response', (response) => {
      try {
        beginAnswer(response, outgoing, name);
      } catch (error) {
        sent.destroy(error as Error);
        return end({ type: 'failed', reason: (error as Error).message });
      }
      pipeline(response, outgoing, (error) => {
        // An answer that ends early must not look complete.
        if (error) outgoing.destroy();
        end(error ? { type: 'failed', reason: error.message } : { type: 'answered' });
      });
    });
    sendBody(call, sent, limits.maxBodyBytes);
  });
}

function upstreamRequest(incoming: IncomingMessage, socket: Socket): ClientRequest {
  return request({
    // Used only without an agent.
    createConnection: () => socket,
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: upstreamHeaders(incoming) as string[],
    setHost: false,
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
  return [
    ...forwardedHeaders({ rawHeaders, remoteAddress: socket.remoteAddress ?? 'unknown' }),
    ...chunked,
    'Connection',
    'close',
  ];
}
