import { expect, test } from 'vitest';
import { logLines, type StampedLine, sinceParameter } from '../../../../src/runtimes/docker/engine/log-lines.ts';

const STAMP = '2026-11-21T03:22:02.516398178Z';

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function read(chunks: readonly Buffer[]): Promise<readonly StampedLine[]> {
  const lines: StampedLine[] = [];
  for await (const line of logLines(chunks)) lines.push(line);
  return lines;
}

test('takes frames apart, whatever the chunks', async () => {
  const bytes = Buffer.concat([
    frame(1, `${STAMP} first\n`),
    frame(2, `${STAMP} on stderr\r\n`),
    frame(1, `${STAMP} ümlaut\n`),
  ]);
  const expected = ['first', 'on stderr', 'ümlaut'].map((text) => ({ stamp: STAMP, text }));
  expect(await read([bytes])).toEqual(expected);
  expect(await read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(expected);
});

test('joins a line that came in two frames and keeps streams apart', async () => {
  const lines = await read([frame(1, `${STAMP} half`), frame(2, `${STAMP} other\n`), frame(1, ' and half\n')]);
  expect(lines.map(({ text }) => text)).toEqual(['other', 'half and half']);
});

test('keeps an unfinished last line, an empty one, and one without a time', async () => {
  const lines = await read([frame(1, `${STAMP} \nno time here\n${STAMP} end`)]);
  expect(lines).toEqual([
    { stamp: STAMP, text: '' },
    { stamp: '', text: 'no time here' },
    { stamp: STAMP, text: 'end' },
  ]);
});

test('since keeps the nanoseconds', () => {
  expect(sinceParameter('1970-01-01T00:00:05.000000007Z')).toBe('5.000000007');
  expect(sinceParameter('1970-01-01T00:00:05.25Z')).toBe('5.250000000');
});
