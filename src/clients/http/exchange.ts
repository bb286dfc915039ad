import { Agent, request } from 'node:http';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import type { Address } from '../../stack/contract/model.ts';

/** Connections that are kept between requests. */
export interface HttpClient {
  /** One attempt, never a second one. @throws the network's error; `E_NOT_READY` after the deadline. */
  exchange(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  close(): void;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface HttpResponse {
  readonly status: number;
  readonly text: string;
}

/** @param timeoutMs deadline of a whole request, answer included. */
export function openHttp({ host, port }: Address, timeoutMs: number): HttpClient {
  const agent = new Agent({ keepAlive: true });
  const exchange = (wanted: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> =>
    new Promise((resolve, reject) => {
      const { method, path, body } = wanted;
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const headers = { ...wanted.headers, ...length };
      const sent = request({ host, port, agent, method, path, headers, ...defined({ signal }) });
      const limit = setTimeout(() => {
        sent.destroy(new StackctlError('E_NOT_READY', `no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      const end = (error: Error): void => {
        clearTimeout(limit);
        reject(error);
      };
      sent.once('error', end);
      sent.once('response', (response) => {
        const parts: string[] = [];
        response.setEncoding('utf8').on('data', (part: string) => parts.push(part));
        response.once('error', end);
        response.once('end', () => {
          clearTimeout(limit);
          resolve({ status: response.statusCode ?? 0, text: parts.join('') });
        });
      });
      sent.end(body);
    });
  return { exchange, close: () => agent.destroy() };
}
