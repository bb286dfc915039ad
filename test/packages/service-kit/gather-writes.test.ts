import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { gatherWrites } from '../../../packages/service-kit/src/gather-writes.ts';

/** Collects what each call of the system would be given. */
function openStream() {
  const calls: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (text, _encoding, done) => {
      calls.push(String(text));
      done();
    },
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  gatherWrites(stream);
  return { stream, calls };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is written in one turn leaves at its end, at once and in order', async () => {
  const { stream, calls } = openStream();
  stream.write('a');
  await Promise.resolve();
  stream.write('b');
  process.nextTick(() => stream.write('c'));
  await new Promise((resolve) => process.nextTick(resolve));
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual(['abc']);
  stream.write('d');
  await turn();
  expect(calls).toEqual(['abc', 'd']);
});

test('in a long turn enough of them leave before its end', async () => {
  const { stream, calls } = openStream();
  for (let number = 0; number < 40; number += 1) stream.write('a');
  expect(calls).toEqual(['a'.repeat(16), 'a'.repeat(16)]);
  await turn();
  expect(calls).toEqual(['a'.repeat(16), 'a'.repeat(16), 'a'.repeat(8)]);
});

test('an end in the middle of a turn leaves nothing behind', async () => {
  const { stream, calls } = openStream();
  stream.write('a');
  stream.end('b');
  await turn();
  expect(calls.join('')).toBe('ab');
  expect(stream.writableFinished).toBe(true);
});
