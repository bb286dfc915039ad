import { createConnection } from 'node:net';
import { connectionFailure } from '../../../../src/lib/connection-failure.ts';
import type { Address } from '../../../../src/stack/contract/model.ts';

export interface Answer {
  /** All lines that came, each with its line break. */
  readonly text: string;
  /** Why there are no more; undefined: one came for each line that was sent. */
  readonly problem: string | undefined;
}

/** Sends lines and waits for as many. Never rejects. */
export function ask(
  { host, port }: Address,
  lines: readonly string[],
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Answer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = createConnection({ host, port });
    const end = (problem: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, problem });
    };
    const timer = setTimeout(() => end(`no reply within ${timeoutMs} ms`), timeoutMs);
    signal.addEventListener('abort', () => end('no reply in time'), { once: true });
    socket.on('error', (error) => end(connectionFailure(error, timeoutMs) ?? error.message));
    socket.on('close', () => end('the connection was closed'));
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
      if (text.split('\n').length > lines.length) end(undefined);
    });
    socket.write(lines.map((line) => `${line}\n`).join(''));
  });
}
