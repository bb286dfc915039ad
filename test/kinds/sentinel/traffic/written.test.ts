import { expect, test } from 'vitest';
import { keysWrittenBy, noteWritten } from '../../../../src/kinds/sentinel/traffic/written.ts';

const run = (runId: string, signal = new AbortController().signal) => ({ runId, signal });

test('a store knows what the sinks of its run have written, each of which has the run as an object of its own', () => {
  const own = run('a1b2c3d4-e5f6');
  noteWritten({ ...own })([
    ['XADD', 'room:{1}:ops', '*', 'event', 'x'],
    ['INCR', 'room:{1}:tick'],
  ]);
  noteWritten({ ...own })([['XADD', 'room:{2}:ops', '*', 'event', 'y']]);
  expect(keysWrittenBy({ ...own }, 'room:{*}:ops').map(String)).toEqual(['room:{1}:ops', 'room:{2}:ops']);
  expect(keysWrittenBy(run('a1b2c3d4-e5f6'), 'room:{*}:ops')).toEqual([]);
  expect(keysWrittenBy(run('ffffffff-ffff', own.signal), 'room:{*}:ops')).toEqual([]);
});
