import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reply, ReplyError, readReply } from '../../../src/clients/redis/reply.ts';
import { entriesIn, type Scanned, scanReply } from '../../../src/clients/redis/scan-reply.ts';

const scan = (text: string | Buffer): Scanned => {
  const into: Scanned = { end: 0, odd: undefined };
  scanReply(Buffer.from(text), 0, into);
  return into;
};

/** Texts of the protocol, nested at most twice. */
const { reply } = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(
      '+OK\r\n',
      ':12\r\n',
      ':-3\r\n',
      '$-1\r\n',
      '*-1\r\n',
      '$0\r\n\r\n',
      '-ERR no\r\n',
      '-WRONGTYPE x\r\n',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`),
    fc.array(tie('reply'), { maxLength: 4 }).map((items) => `*${items.length}\r\n${items.join('')}`),
  ),
}));

const firstError = (value: Reply): string | undefined => {
  if (value instanceof ReplyError) return value.message;
  return Array.isArray(value)
    ? (value as readonly Reply[]).map(firstError).find((one) => one !== undefined)
    : undefined;
};

describe('scanning a reply', () => {
  it('ends where reading it ends, and knows the first error in it', () => {
    fc.assert(
      fc.property(reply, reply, (first, second) => {
        const bytes = Buffer.from(first + second);
        const read = readReply(bytes, 0);
        const { end, odd } = scan(bytes);
        expect(end).toBe(read?.end);
        expect(odd?.error?.message).toBe(firstError(read?.reply ?? null));
      }),
    );
  });

  it('waits for what has not arrived, wherever it is cut', () => {
    fc.assert(
      fc.property(reply, (text) => {
        const bytes = Buffer.from(text);
        for (let length = 0; length < bytes.length; length++) expect(scan(bytes.subarray(0, length)).end).toBe(-1);
        expect(scan(bytes).end).toBe(bytes.length);
      }),
    );
  });

  it('tells an error from one inside a list, and a list that is not there', () => {
    expect(scan('-ERR no\r\n').odd).toEqual({ kind: 'error', error: new ReplyError('ERR no') });
    expect(scan('*2\r\n:1\r\n-ERR no\r\n').odd).toEqual({ kind: 'inside', error: new ReplyError('ERR no') });
    expect(scan('*-1\r\n').odd).toEqual({ kind: 'null' });
    expect([scan('$-1\r\n').odd, scan('*1\r\n*-1\r\n').odd]).toEqual([undefined, undefined]);
  });

  it('refuses what no server sends', () => {
    expect(() => scan('HTTP/1.1 400\r\n')).toThrow('no Redis server');
  });
});

describe('the entries of a reply to XRANGE', () => {
  const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  const entry = (id: string, ...fields: readonly string[]) =>
    `*2\r\n${bulk(id)}*${fields.length}\r\n${fields.map(bulk).join('')}`;

  it('are counted, and the last one has its id', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), { maxLength: 6 }), (all) => {
        const text = `*${all.length}\r\n${all.map((fields, index) => entry(`17-${index}`, ...fields)).join('')}`;
        const lastId = all.length === 0 ? '' : `17-${all.length - 1}`;
        expect(entriesIn(Buffer.from(text))).toEqual({ count: all.length, lastId });
      }),
    );
  });
});
