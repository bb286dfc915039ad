/** The gateway's own answers: errors. The client's connection is closed after them. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { errorBody } from '../request-error.ts';

/** A client's request, and the answer that it gets. */
export interface Call {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Milliseconds for which the rest of a body that is refused is read and thrown away. */
const LINGER_MS = 1000;

const CLOSING = { 'Content-Type': 'application/json', Connection: 'close' } as const;

/** Does nothing where an answer has begun, or the client has gone. */
export function answerError(outgoing: ServerResponse, status: number, message: string): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  // Its own text: one that an upstream gave may be none.
  outgoing.writeHead(status, STATUS_CODES[status], CLOSING);
  outgoing.end(JSON.stringify(errorBody(message)));
}

/** Answers 413 and reads the rest of the body for a moment, so that the client, which still sends, sees the answer. */
export function answerTooLarge({ incoming, outgoing }: Call, maxBytes: number): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const body = JSON.stringify(errorBody(`the body is larger than ${maxBytes} bytes`));
  outgoing.writeHead(413, STATUS_CODES[413], { ...CLOSING, 'Content-Length': Buffer.byteLength(body) });
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
