import Dockerode from 'dockerode';
import { expect, test } from 'vitest';
import { engineSeconds } from '../../../../src/runtimes/docker/engine/instants.ts';
import { logLines, type StampedLine } from '../../../../src/runtimes/docker/logs/log-lines.ts';

const { demuxStream } = new Dockerode().modem;
const STAMP = '2026-11-21T03:22:02.516398178Z';

function frame(stream: number, text: string): Buffer {
  return frameOf(Buffer.from(text), stream);
}

function frameOf(content: Buffer, stream = 1): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

async function read(chunks: readonly Buffer[]): Promise<readonly StampedLine[]> {
  const lines: StampedLine[] = [];
  for await (const line of logLines(chunks, demuxStream)) lines.push(line);
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
  expect(engineSeconds('1970-01-01T00:00:05.000000007Z')).toBe('5.000000007');
  expect(engineSeconds('1970-01-01T00:00:05.25Z')).toBe('5.250000000');
});

test('reads a large answer in one piece, in time that grows with its size alone', async () => {
  const line = frame(1, `${STAMP} ${'x'.repeat(60)}\n`);
  const lines = await read([Buffer.concat(Array.from({ length: 20_000 }, () => line))]);
  expect(lines.length).toBe(20_000);
  expect(new Set(lines.map(({ text }) => text.length))).toEqual(new Set([60]));
});

test('leaves out a frame that breaks off, and joins a letter that two frames share', async () => {
  const whole = frame(1, `${STAMP} whole\n`);
  expect(await read([whole, frame(1, `${STAMP} broken off\n`).subarray(0, 40)])).toEqual([
    { stamp: STAMP, text: 'whole' },
  ]);
  const [head, tail] = [Buffer.from(`${STAMP} ä\n`).subarray(0, 32), Buffer.from('ä\n').subarray(1)];
  const lines = await read([frameOf(head), frameOf(tail)]);
  expect(lines).toEqual([{ stamp: STAMP, text: 'ä' }]);
});

test('reads the log of a terminal, which has no frames', async () => {
  expect(await read([Buffer.from(`${STAMP} one\r\n${STAMP} t`), Buffer.from('wo\r\n')])).toEqual(
    ['one', 'two'].map((text) => ({ stamp: STAMP, text })),
  );
});
