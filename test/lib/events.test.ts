import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { type ProgressEvent, step, steps } from '../../src/lib/events.ts';
import { plainLine } from '../../src/output/plain.ts';

const STEP = { id: 'a', title: 'heal redis-1', detail: 'paused' };
const INTERRUPT = new StackctlError('E_INTERRUPTED', 'interrupted', { hint: 'again' });

/** What a log shows of what `run` emits, and what it rejects with. */
async function shown(run: (emit: (event: ProgressEvent) => void) => Promise<unknown>) {
  const lines: string[] = [];
  const emit = (event: ProgressEvent): void =>
    void lines.push(stripVTControlCharacters(plainLine(event) ?? `(${event.type})`));
  const error = await run(emit).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { lines, error };
}

test('a step that works says when it starts and that it is done', async () => {
  const { lines } = await shown((emit) =>
    step(emit, STEP, async (progress) => {
      progress('half');
      return 3;
    }),
  );
  expect(lines).toEqual(['heal redis-1 ... (paused)', '(step)', 'heal redis-1 ok']);
});

test('a step that ends badly without a throw says so in its own words', async () => {
  const { lines } = await shown((emit) =>
    step(
      emit,
      { id: 'a', title: 'pull x' },
      async () => 'no such image',
      (detail) => ({ state: 'failed', detail }),
    ),
  );
  expect(lines).toEqual(['pull x ...', 'pull x failed: no such image']);
});

test.each([
  [new Error('the image could not be built:\n  | line 1'), 'failed: the image could not be built'],
  [INTERRUPT, 'failed: interrupted'],
  ['text', 'failed: text'],
])('a step that throws says that it failed, and why', async (thrown, line) => {
  const { lines, error } = await shown((emit) => step(emit, STEP, () => Promise.reject(thrown)));
  expect(lines.at(-1)).toBe(`heal redis-1 ${line}`);
  expect(error).toBe(thrown);
});

test('work that throws before it awaits fails its step too', async () => {
  const { lines } = await shown((emit) =>
    step(emit, STEP, () => {
      throw new Error('at once');
    }),
  );
  expect(lines.at(-1)).toBe('heal redis-1 failed: at once');
});

test.each([
  [new Error('not ready in time'), ['b failed: no master', 'c failed: not ready in time']],
  [INTERRUPT, ['b failed: interrupted', 'c failed: interrupted']],
])('several at once: those that have not ended fail, with what they waited for', async (thrown, ends) => {
  const { lines, error } = await shown((emit) =>
    steps(emit, async (tell) => {
      for (const id of ['a', 'b', 'c']) tell({ id, title: id, state: 'start' });
      tell({ id: 'a', title: 'a', state: 'done' });
      tell({ id: 'b', title: 'b', state: 'progress', detail: 'no master' });
      throw thrown;
    }),
  );
  expect(lines.slice(4)).toEqual(['(step)', ...ends]);
  expect(error).toBe(thrown);
});
