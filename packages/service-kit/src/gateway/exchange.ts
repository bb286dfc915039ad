import type { IncomingMessage } from 'node:http';
import type { AnswerHead } from '../http/answer-head.ts';
import type { Asker, Connection } from '../http/connection.ts';
import type { Call } from './answer.ts';
import { connectionsTo } from './connections.ts';
import { endToEnd, forwardedHeaders } from './headers.ts';
import { isChunked, streamBody } from './request-body.ts';
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
 * Sends the request to one upstream and passes its answer on.
 * @param body the whole of it; undefined: it is passed on as it comes, and nothing of it is read before there is a connection.
 * @throws for an address to which no connection can be made.
 */
export async function exchange(
  call: Call,
  body: Buffer | undefined,
  upstream: Upstream,
  limits: ExchangeLimits,
): Promise<Outcome> {
  const connection = connectionsTo(upstream).take();
  return new Promise((resolve) => new Exchange({ call, body, upstream, limits }, connection, resolve).begin());
}

/** Bytes of an answer: to make text of more takes longer than it saves. */
const MOST_AS_TEXT = 16 * 1024;

interface Order {
  readonly call: Call;
  readonly body: Buffer | undefined;
  readonly upstream: Upstream;
  readonly limits: ExchangeLimits;
}

class Exchange implements Asker {
  private readonly wasKept: boolean;
  private failure: 'unsent' | 'failed' | 'timeout' = 'unsent';
  private answer: AnswerHead | undefined;
  /** Of the body, before the answer has begun. */
  private pieces: Buffer[] = [];
  private hasBegun = false;
  private isOver = false;
  private connecting: NodeJS.Timeout | undefined;
  private stopBody: (() => void) | undefined;
  private readonly abandon = (): void => this.connection.destroy(new Error('the client has gone'));

  constructor(
    private readonly order: Order,
    private readonly connection: Connection,
    private readonly resolve: (outcome: Outcome) => void,
  ) {
    this.wasKept = connection.isKept;
  }

  begin(): void {
    const { call } = this.order;
    const { socket } = this.connection;
    // The answer is not needed any more then.
    call.outgoing.once('close', this.abandon);
    this.connection.ask(call.incoming.method ?? 'GET', this);
    if (socket.connecting) this.whenConnected();
    else this.send();
  }

  private whenConnected(): void {
    const { connectTimeoutMs, idleTimeoutMs } = this.order.limits;
    const { socket } = this.connection;
    const late = new Error(`no connection within ${connectTimeoutMs} ms`);
    this.connecting = setTimeout(() => this.connection.destroy(late), connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(this.connecting);
      socket.setTimeout(idleTimeoutMs);
      if (!this.isOver) this.send();
    });
  }

  private send(): void {
    const { call, body, limits } = this.order;
    this.failure = 'failed';
    const head = requestHead(call.incoming);
    // One character for each byte, as in the head: one piece is one call of the system.
    this.connection.socket.write(body === undefined ? head : head + body.toString('latin1'), 'latin1');
    if (body === undefined) this.stopBody = streamBody(call, this.connection, limits.maxBodyBytes);
    else this.connection.sent();
  }

  head(head: AnswerHead): void {
    this.answer = head;
  }

  body(bytes: Buffer): void {
    if (this.hasBegun) this.pass(bytes);
    else this.pieces.push(bytes);
  }

  arrived(): void {
    if (this.hasBegun || this.answer === undefined) return;
    this.writeHead(this.answer);
    this.hasBegun = true;
    for (const piece of this.pieces.splice(0)) this.pass(piece);
  }

  end(): void {
    try {
      if (this.hasBegun) this.order.call.outgoing.end();
      else if (this.answer !== undefined) this.endAtOnce(this.answer);
      this.finish({ type: 'answered' });
    } catch (error) {
      this.failed(error as Error);
    }
  }

  /** The whole answer is there before any of it was passed on. @throws as `writeHead`. */
  private endAtOnce(answer: AnswerHead): void {
    const { pieces } = this;
    const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    this.writeHead(answer, typeof answer.body === 'number' ? [] : ['Content-Length', String(bytes.length)]);
    // As text Node puts it into one piece with the head.
    if (bytes.length > MOST_AS_TEXT) this.order.call.outgoing.end(bytes);
    else this.order.call.outgoing.end(bytes.toString('latin1'), 'latin1');
  }

  failed(error: Error): void {
    // An answer that ends early must not look complete.
    if (this.hasBegun) this.order.call.outgoing.destroy();
    this.finish({ type: this.failure, reason: error.message, wasKept: this.wasKept });
  }

  idle(): void {
    // Then it is the client that takes nothing.
    if (this.connection.socket.isPaused()) return;
    this.failure = 'timeout';
    this.connection.destroy(new Error(`no byte within ${this.order.limits.idleTimeoutMs} ms`));
  }

  /** @throws where an answer has begun already, and for a text that HTTP does not have. */
  private writeHead({ status, statusText, rawHeaders }: AnswerHead, more: readonly string[] = []): void {
    const { call, upstream } = this.order;
    if (call.outgoing.headersSent) throw new Error('the request is answered already');
    const headers = endToEnd(rawHeaders);
    headers.push(...more, 'X-Upstream', upstream.name);
    call.outgoing.writeHead(status, statusText, headers);
  }

  /** No faster than the client takes it. */
  private pass(bytes: Buffer): void {
    const { outgoing } = this.order.call;
    const { socket } = this.connection;
    if (outgoing.write(bytes) || socket.isPaused()) return;
    socket.pause();
    outgoing.once('drain', () => {
      if (this.isOver) return;
      // The upstream's time begins now.
      socket.setTimeout(this.order.limits.idleTimeoutMs);
      socket.resume();
    });
  }

  private finish(outcome: Outcome): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.connecting);
    this.stopBody?.();
    this.order.call.outgoing.off('close', this.abandon);
    this.resolve(outcome);
  }
}

/** Methods whose requests have no body unless they say so. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

function requestHead(incoming: IncomingMessage): string {
  const { method = 'GET', url = '/', rawHeaders, socket, headers } = incoming;
  const forwarded = forwardedHeaders({ rawHeaders, remoteAddress: socket.remoteAddress ?? 'unknown' });
  let head = `${method} ${url} HTTP/1.1\r\n`;
  for (let at = 0; at < forwarded.length; at += 2) head += `${forwarded[at]}: ${forwarded[at + 1]}\r\n`;
  if (isChunked(incoming)) head += 'Transfer-Encoding: chunked\r\n';
  else if (headers['content-length'] === undefined && !WITHOUT_BODY.has(method)) head += 'Content-Length: 0\r\n';
  return `${head}\r\n`;
}
