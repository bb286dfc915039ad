import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { openProgress } from '../../src/output/progress.ts';

/** A terminal that keeps what was written to it. */
function terminal() {
  const written: string[] = [];
  const stream = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 100,
    rows: 40,
    write: (text: string) => written.push(text) > 0,
  });
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

const EVENTS: readonly ProgressEvent[] = [
  { type: 'note', text: 'runtime process' },
  { type: 'step', id: 'a', title: 'start redis-1', state: 'start', detail: 'not running' },
  { type: 'step', id: 'b', title: 'start redis-2', state: 'start' },
  { type: 'warning', text: 'even number' },
  { type: 'step', id: 'a', title: 'start redis-1', state: 'progress', detail: 'waiting for the link' },
  { type: 'step', id: 'a', title: 'start redis-1', state: 'done', detail: '412 ms' },
  { type: 'step', id: 'b', title: 'start redis-2', state: 'failed', detail: 'exit 1' },
];

test('with --json figures are an object in a line, elsewhere a text, and none of it is in a list', async () => {
  const event: ProgressEvent = { type: 'stopping', text: 'stopping', figures: { elapsedMs: 5, inFlight: 2 } };
  const lines = (json: boolean): string => {
    const { stream, written } = terminal();
    openProgress({ stderr: stream, colour: false, live: false, json }).emit(event);
    return written.join('');
  };
  expect([lines(true), lines(false)]).toEqual(['{"type":"stopping","elapsedMs":5,"inFlight":2}\n', 'stopping\n']);
});

test('elsewhere than on a terminal: one line per change of state, no control characters', async () => {
  const { stream, written } = terminal();
  const progress = openProgress({ stderr: stream, colour: false, live: false, json: false });
  for (const event of EVENTS) progress.emit(event);
  await progress.close();
  expect(written.join('')).toBe(`runtime process
start redis-1 ... (not running)
start redis-2 ...
warning: even number
start redis-1 ok: 412 ms
start redis-2 failed: exit 1
`);
});
