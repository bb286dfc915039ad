import type { ClientRequest, IncomingMessage } from 'node:http';
import { answerTooLarge, type Call } from './answer.ts';

/**
 * Passes the body on as it comes. What is left of it when the exchange is over is read and thrown away: a connection that
 * is closed with unread bytes in it is reset, and the client might not see its answer.
 */
export function sendBody(call: Call, sent: ClientRequest, maxBytes: number): void {
  const { incoming } = call;
  if (!hasBody(incoming)) {
    sent.end();
    return;
  }
  let bytes = 0;
  const pass = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      answerTooLarge(call, maxBytes);
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

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
