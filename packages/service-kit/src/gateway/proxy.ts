import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Log } from '../log.ts';
import { errorBody } from '../request-error.ts';
import { endToEnd, forwardedHeaders } from './headers.ts';
import { UpstreamSocket } from './upstream-socket.ts';
import { inOrder, type Upstream } from './upstreams.ts';

export interface ProxyOptions {
  readonly upstreams: () => readonly Upstream[];
  /** Milliseconds to connect to an upstream. */
  readonly connectTimeoutMs: number;
  /** Milliseconds without a byte from or to an upstream. */
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** What became of one attempt: `unsent` is certain that the upstream has not seen the request. */
type Attempt =
  | { readonly type: 'answered' }
  | { readonly type: 'unsent' | 'failed' | 'timeout'; readonly reason: string };

/** Milliseconds for which the rest of a body that is refused is read and thrown away. */
const LINGER_MS = 1000;

/** Headers of the gateway's own answers. */
const CLOSING = { 'Content-Type': 'application/json', Connection: 'close' } as const;

/** Methods that may be sent twice without doing anything twice (RFC 9110, 9.2.2), when there is no body to send again. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Passes requests on to the upstreams, bodies as they come. Every request has a connection of its own: one that cannot be
 * made proves that nothing was sent, and the next upstream is tried. After that only a request that may be repeated is
 * tried again; any other is answered with 502 or 504, and whether it was done is not known.
 */
export function createProxy(options: ProxyOptions): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  let turn = 0;
  return (incoming, outgoing) => {
    const length = Number(incoming.headers['content-length'] ?? 0);
    if (length > options.maxBodyBytes) return tooLarge(incoming, outgoing, options.maxBodyBytes);
    turn = (turn + 1) % 1_000_000_007;
    void forward(incoming, outgoing, inOrder(options.upstreams(), turn), options);
  };
}

async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstreams: readonly Upstream[],
  options: ProxyOptions,
): Promise<void> {
  const repeatable = REPEATABLE.has(incoming.method ?? '') && !hasBody(incoming);
  let last: Attempt = { type: 'unsent', reason: 'there is no upstream' };
  for (const upstream of upstreams) {
    last = await attempt(incoming, outgoing, upstream, options);
    if (last.type === 'answered' || outgoing.headersSent || outgoing.destroyed) return;
    options.log.warn('an upstream did not answer', {
      upstream: upstream.name,
      method: incoming.method,
      outcome: last.type,
      reason: last.reason,
    });
    if (last.type !== 'unsent' && !repeatable) break;
  }
  if (last.type === 'unsent') answer(outgoing, 503, `no upstream can be reached: ${last.reason}`);
  else if (last.type === 'timeout') answer(outgoing, 504, 'the upstream did not answer in time');
  else if (last.type === 'failed') answer(outgoing, 502, `the upstream broke off: ${last.reason}`);
}

async function attempt(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: Upstream,
  options: ProxyOptions,
): Promise<Attempt> {
  upstream.active += 1;
  try {
    const socket = await connected(upstream, options.connectTimeoutMs);
    const outcome = await exchange(incoming, outgoing, upstream, socket, options);
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

function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: Upstream,
  socket: Socket,
  options: ProxyOptions,
): Promise<Attempt> {
  return new Promise((resolve) => {
    const sent = request({
      // Used only without an agent.
      createConnection: () => socket,
      method: incoming.method ?? 'GET',
      path: incoming.url ?? '/',
      headers: upstreamHeaders(incoming) as string[],
      setHost: false,
    });
    let timedOut = false;
    const giveUp = (error: Error): void => {
      outgoing.off('close', abandon);
      resolve({ type: timedOut ? 'timeout' : 'failed', reason: error.message });
    };
    // The client has gone: nobody waits for the answer.
    const abandon = (): void => void sent.destroy();
    outgoing.once('close', abandon);
    socket.setTimeout(options.idleTimeoutMs, () => {
      timedOut = true;
      sent.destroy(new Error(`no byte within ${options.idleTimeoutMs} ms`));
    });
    sent.on('error', giveUp);
    sent.once('response', (response) => {
      try {
        if (outgoing.headersSent) throw new Error('the request is answered already');
        outgoing.writeHead(response.statusCode ?? 502, response.statusMessage, [
          ...endToEnd(response.rawHeaders),
          'X-Upstream',
          upstream.name,
        ]);
      } catch (error) {
        // Also a status or a text that HTTP does not have.
        sent.destroy(error as Error);
        return giveUp(error as Error);
      }
      pipeline(response, outgoing, (error) => {
        outgoing.off('close', abandon);
        // An answer that ends early must not look complete.
        if (error) outgoing.destroy();
        resolve(error ? { type: 'failed', reason: error.message } : { type: 'answered' });
      });
    });
    sendBody(incoming, outgoing, sent, options.maxBodyBytes);
  });
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

/**
 * Passes the body on as it comes. What is left of it when the exchange is over is read and thrown away: a connection that
 * is closed with unread bytes in it is reset, and the client might not see its answer.
 */
function sendBody(incoming: IncomingMessage, outgoing: ServerResponse, sent: ClientRequest, maxBytes: number): void {
  if (!hasBody(incoming)) {
    sent.end();
    return;
  }
  let bytes = 0;
  const pass = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      tooLarge(incoming, outgoing, maxBytes);
      sent.destroy(new Error(`the body is larger than ${maxBytes} bytes`));
    } else if (!sent.write(chunk)) {
      incoming.pause();
      sent.once('drain', () => incoming.resume());
    }
  };
  const finish = (): void => void sent.end();
  incoming.on('data', pass);
  incoming.once('end', finish);
  sent.once('close', () => {
    incoming.off('data', pass);
    incoming.off('end', finish);
    incoming.resume();
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function tooLarge(incoming: IncomingMessage, outgoing: ServerResponse, maxBytes: number): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const body = JSON.stringify(errorBody(`the body is larger than ${maxBytes} bytes`));
  outgoing.writeHead(413, { ...CLOSING, 'Content-Length': Buffer.byteLength(body) });
  outgoing.write(body);
  // The answer is complete for the client; its connection stays until the client has seen it.
  const end = (): void => {
    clearTimeout(limit);
    outgoing.end();
  };
  const limit = setTimeout(end, LINGER_MS);
  incoming.once('close', end);
  incoming.once('end', end);
  incoming.resume();
}

function answer(outgoing: ServerResponse, status: number, message: string): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.writeHead(status, CLOSING);
  outgoing.end(JSON.stringify(errorBody(message)));
}
