import type { IncomingMessage } from 'node:http';
import { hasBody } from '../request-body.ts';

/** Bytes of bodies that all recordings of a program may keep at the same time. */
export interface Room {
  free: number;
}

export interface GatheredBody {
  /** Bytes that came, or that the client has announced, whatever is more. */
  readonly bytes: number;
  /** The body; undefined: it was not recorded, because it was too large, did not come to its end or was not read. */
  take(): Buffer | undefined;
}

/**
 * Keeps the body of a request while somebody else reads it, and does not make it flow: nothing of it is read before its reader
 * wants it, and no faster.
 * @param limit bytes that a body may have.
 */
export function gatherBody(incoming: IncomingMessage, limit: number, room: Room): GatheredBody {
  const announced = Number(incoming.headers['content-length'] ?? 0) || 0;
  let parts: Buffer[] | undefined = announced > limit ? undefined : [];
  let [bytes, kept, isWhole] = [0, 0, !hasBody(incoming)];
  const drop = (): void => {
    room.free += kept;
    kept = 0;
    parts = undefined;
  };
  const keep = (part: Buffer): void => {
    bytes += part.length;
    if (parts === undefined) return;
    if (bytes > limit || part.length > room.free) drop();
    else {
      room.free -= part.length;
      kept += part.length;
      parts.push(part);
    }
  };
  // A listener makes the stream flow: this one comes together with the reader's.
  const join = (event: string | symbol): void => {
    if (event !== 'data') return;
    incoming.off('newListener', join);
    incoming.on('data', keep);
  };
  if (!isWhole) {
    incoming.on('newListener', join);
    incoming.once('end', () => {
      isWhole = true;
    });
  }
  return {
    get bytes() {
      return Math.max(bytes, announced);
    },
    take: () => {
      const body = isWhole && parts !== undefined ? Buffer.concat(parts) : undefined;
      drop();
      return body;
    },
  };
}
