import type { IncomingMessage } from 'node:http';
import type { Connection } from '../http/connection.ts';
import { answerTooLarge, type Call } from './answer.ts';

/** A body of at most so many bytes is read before anything is sent, and goes with the head in one write. */
const MOST_AT_ONCE = 16 * 1024;

/**
 * A small body of a known length, or nothing where the request has none. Undefined where it is to be passed on as it comes, or the client has
 * gone before it was whole.
 */
export async function smallBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  if (!hasBody(incoming)) return Buffer.alloc(0);
  if (isChunked(incoming) || Number(incoming.headers['content-length']) > MOST_AT_ONCE) return undefined;
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.once('end', () => resolve(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)));
    incoming.once('close', () => resolve(undefined));
  });
}

/**
 * Passes the body on as it comes. What is left of it when the exchange is over is read and thrown away: a connection that
 * is closed with unread bytes in it is reset, and the client might not see its answer.
 * @returns what ends this, to be called once.
 */
export function streamBody(call: Call, connection: Connection, maxBytes: number): () => void {
  const { incoming } = call;
  const { socket } = connection;
  const write = isChunked(incoming) ? writeChunk : writePiece;
  let bytes = 0;
  const pass = (piece: Buffer): void => {
    bytes += piece.length;
    if (bytes > maxBytes) {
      answerTooLarge(call, maxBytes);
      connection.destroy(new Error(`the body is larger than ${maxBytes} bytes`));
    } else if (!write(connection, piece)) {
      incoming.pause();
      socket.once('drain', goOn);
    }
  };
  const goOn = (): void => void incoming.resume();
  const finish = (): void => {
    if (isChunked(incoming)) socket.write('0\r\n\r\n', 'latin1');
    connection.sent();
  };
  incoming.on('data', pass);
  incoming.once('end', finish);
  return () => {
    socket.off('drain', goOn);
    incoming.off('data', pass);
    incoming.off('end', finish);
    incoming.resume();
  };
}

function writePiece({ socket }: Connection, piece: Buffer): boolean {
  return socket.write(piece);
}

function writeChunk({ socket }: Connection, piece: Buffer): boolean {
  socket.cork();
  socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
  socket.write(piece);
  const goesOn = socket.write('\r\n', 'latin1');
  socket.uncork();
  return goesOn;
}

export function isChunked({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined;
}

export function hasBody(incoming: IncomingMessage): boolean {
  return isChunked(incoming) || Number(incoming.headers['content-length'] ?? 0) > 0;
}
