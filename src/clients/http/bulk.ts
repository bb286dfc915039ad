/**
 * Many small requests to one address, over connections that are kept: what a general client does for each of them (streams, events,
 * an object for every header) takes longer than such a request. One request at a time on a connection.
 */
import { connect, type Socket } from 'node:net';
import { StackctlError } from '../../errors.ts';
import type { Address } from '../../stack/contract/model.ts';
import type { HttpResponse } from './exchange.ts';
import { createResponseReader, type ReadResponse } from './response-reader.ts';

export interface BulkHttp {
  /**
   * One attempt, never a second one. @param body undefined: the request has none. @param own what this request alone has.
   * @throws the network's error; `E_NOT_READY` after the deadline; TypeError as `openBulkHttp`.
   */
  send(body: string | undefined, own?: OwnRequest): Promise<BulkResponse>;
  close(): void;
}

export interface BulkRequest {
  readonly method: string;
  /** Of requests that have none of their own. */
  readonly path: string;
  /** Names in lower case; `host` is that of the address where it is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Name of a header of the answers that is asked for; undefined: none is. */
  readonly wanted?: string | undefined;
}

export interface OwnRequest {
  /** Undefined: that of all. */
  readonly path?: string | undefined;
  /** Beside those of all. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface BulkResponse extends HttpResponse {
  /** The header that was asked for (`wanted`); undefined: the answer has none of this name. */
  readonly field?: string | undefined;
}

interface Pending {
  readonly text: string;
  readonly resolve: (response: BulkResponse) => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param request what all requests have in common; not a HEAD.
 * @param timeoutMs deadline of a whole request, answer included.
 * @throws TypeError for a path or a header that would be more than one line.
 */
export function openBulkHttp(address: Address, request: BulkRequest, timeoutMs: number): BulkHttp {
  const lines = linesOf(address, request);
  const prefix = startOf(request.method, request.path) + lines;
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  return {
    send: (body, own) =>
      new Promise((resolve, reject) => {
        const start = own?.path === undefined ? prefix : startOf(request.method, own.path) + lines;
        const head = own?.headers === undefined ? start : start + headerLines(own.headers);
        const connection = idle.pop() ?? openConnection(address, timeoutMs, { idle, all, wanted: request.wanted });
        connection.ask({ text: head + lengthAndBody(body), resolve, reject });
      }),
    close: () => {
      for (const connection of all) connection.destroy();
    },
  };
}

function lengthAndBody(body: string | undefined): string {
  return body === undefined ? '\r\n' : `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

interface Connection {
  ask(pending: Pending): void;
  destroy(): void;
}

interface Pool {
  readonly idle: Connection[];
  readonly all: Set<Connection>;
  readonly wanted: string | undefined;
}

function openConnection({ host, port }: Address, timeoutMs: number, { idle, all, wanted }: Pool): Connection {
  const socket: Socket = connect({ host, port, noDelay: true });
  let pending: Pending | undefined;
  let reader = createResponseReader(wanted);
  let limit: NodeJS.Timeout | undefined;
  const connection: Connection = {
    ask: (next) => {
      pending = next;
      reader = createResponseReader(wanted);
      limit = setTimeout(() => {
        socket.destroy(new StackctlError('E_NOT_READY', `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      socket.write(next.text);
    },
    destroy: () => socket.destroy(),
  };
  all.add(connection);
  const settle = (): Pending | undefined => {
    const settled = pending;
    pending = undefined;
    clearTimeout(limit);
    return settled;
  };
  const leave = (error?: Error): void => {
    all.delete(connection);
    const at = idle.indexOf(connection);
    if (at !== -1) idle.splice(at, 1);
    settle()?.reject(error ?? closedError());
  };
  const answered = ({ keepsOpen, ...response }: ReadResponse): void => {
    const { resolve } = settle() ?? {};
    if (keepsOpen) idle.push(connection);
    else socket.destroy();
    resolve?.(response);
  };
  socket.on('data', (piece) => {
    // An answer to nothing: a server that closes a connection may say so before.
    if (pending === undefined) return void socket.destroy();
    try {
      const response = reader.push(piece);
      if (response !== undefined) answered(response);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.on('end', () => {
    const response = pending && reader.end();
    if (response !== undefined) answered(response);
    socket.destroy();
  });
  socket.on('error', leave);
  socket.on('close', () => leave());
  return connection;
}

function closedError(): Error {
  return Object.assign(new Error('the connection was closed before the answer'), { code: 'ECONNRESET' });
}

function startOf(method: string, path: string): string {
  if (/\s/.test(path)) throw new TypeError('the path of a request has a blank');
  return `${method} ${path} HTTP/1.1\r\n`;
}

function linesOf({ host, port }: Address, { headers }: BulkRequest): string {
  const to = headers.host === undefined ? { host: `${host.includes(':') ? `[${host}]` : host}:${port}` } : {};
  return headerLines({ ...to, ...headers });
}

function headerLines(headers: BulkRequest['headers']): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  for (const line of lines) if (/[\r\n\0]/.test(line)) throw new TypeError('a request has a line break in its head');
  return lines.map((line) => `${line}\r\n`).join('');
}
