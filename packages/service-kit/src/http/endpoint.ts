import { validateHeaderName, validateHeaderValue } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { AnswerHead } from './answer-head.ts';
import type { Asker, Connection } from './connection.ts';
import { Connections } from './connections.ts';

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for all of it: connection, request and answer. */
  readonly timeoutMs: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

export interface EndpointAnswer {
  readonly status: number;
  readonly text: string;
}

/** One address of another HTTP service. */
export interface Endpoint {
  /**
   * One attempt, never a second one; a redirection is an answer like any other.
   * @throws NoAnswerInTime; the signal's reason; the network's error, with its `code`, where there is no whole answer.
   */
  ask(question: Question): Promise<EndpointAnswer>;
}

export class NoAnswerInTime extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'NoAnswerInTime';
  }
}

const MOST_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Asks this URL, over connections that are kept.
 * @throws TypeError for what is no URL of http or https.
 */
export function openEndpoint(address: string | URL): Endpoint {
  const url = new URL(address);
  const connections = new Connections(openerOf(url));
  const target = `${url.pathname}${url.search}`;
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        question.signal?.throwIfAborted();
        const text = requestText(question, target, url.host);
        new Exchange(connections.take(), question, { resolve, reject }).send(text);
      }),
  };
}

function openerOf({ protocol, hostname, port }: URL): () => Socket {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (protocol === 'http:') return () => connect({ host, port: Number(port || 80), noDelay: true });
  if (protocol !== 'https:') throw new TypeError(`not a URL of http or https: ${protocol}`);
  const name = isIP(host) === 0 ? { servername: host } : {};
  return () => connectTls({ host, port: Number(port || 443), ...name }).setNoDelay(true);
}

/** @throws TypeError for a header that would be more than one line. */
function requestText({ method, headers = {}, body = '' }: Question, target: string, host: string): string {
  let text = `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    validateHeaderName(name);
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return method === 'GET' ? `${text}\r\n` : `${text}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

interface Settle {
  readonly resolve: (answer: EndpointAnswer) => void;
  readonly reject: (error: unknown) => void;
}

class Exchange implements Asker {
  private status = 0;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private readonly limit: NodeJS.Timeout;
  private readonly giveUp = (): void => this.connection.destroy(this.question.signal?.reason);

  constructor(
    private readonly connection: Connection,
    private readonly question: Question,
    private readonly settle: Settle,
  ) {
    const { timeoutMs, signal } = question;
    this.limit = setTimeout(() => connection.destroy(new NoAnswerInTime(timeoutMs)), timeoutMs);
    signal?.addEventListener('abort', this.giveUp);
  }

  send(text: string): void {
    this.connection.ask(this.question.method, this);
    this.connection.socket.write(text);
    this.connection.sent();
  }

  head({ status }: AnswerHead): void {
    this.status = status;
  }

  body(piece: Buffer): void {
    this.bytes += piece.length;
    if (this.bytes > MOST_ANSWER_BYTES) throw new Error(`the answer is larger than ${MOST_ANSWER_BYTES} bytes`);
    this.pieces.push(piece);
  }

  end(): void {
    this.finish();
    this.settle.resolve({ status: this.status, text: Buffer.concat(this.pieces).toString('utf8') });
  }

  failed(error: unknown): void {
    this.finish();
    this.settle.reject(error);
  }

  private finish(): void {
    clearTimeout(this.limit);
    this.question.signal?.removeEventListener('abort', this.giveUp);
  }
}
