import {
  openReplyReader,
  type PlacedReply,
  type Reply,
} from '../../../templates/analytics/services/ingester/src/resp.ts';

/** A reply as Redis sends it; a Buffer is a text whatever bytes it has. */
export function written(reply: Reply | Buffer | readonly (Reply | Buffer)[]): Buffer {
  if (reply === null) return Buffer.from('$-1\r\n');
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string') return written(Buffer.from(reply));
  if (Buffer.isBuffer(reply)) return Buffer.concat([Buffer.from(`$${reply.length}\r\n`), reply, Buffer.from('\r\n')]);
  if (reply instanceof Error) return Buffer.from(`-${reply.message}\r\n`);
  return Buffer.concat([Buffer.from(`*${reply.length}\r\n`), ...reply.map(written)]);
}

/** @throws where these bytes are not one whole reply. */
export function placed(bytes: Buffer): PlacedReply {
  const reply = openReplyReader().read(bytes);
  if (reply === undefined) throw new Error('the reply does not end');
  return reply;
}
