import { once } from 'node:events';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { StackctlError } from '../../../src/errors.ts';
import type { ObservedItem, OpenRecorder } from '../../../src/stack/contract/record.ts';
import { encoderOf } from '../../../src/traffic/record/record-format.ts';
import { createRecordingFile } from '../../../src/traffic/record/recording-file.ts';
import { type RecordRun, runRecord } from '../../../src/traffic/record/run-record.ts';
import { openFolder } from '../replay/recordings.ts';

const folders: ReturnType<typeof openFolder>[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder[Symbol.dispose]();
});

function path(): string {
  const folder = openFolder();
  folders.push(folder);
  return join(folder.path, 'recording');
}

const FRAME = { begin: '[', end: ']', encoding: 'utf8' } as const;

test('a file is whole after each write, its owner alone may read it, and it takes the place of what was there', async () => {
  const file = path();
  const other = path();
  writeFileSync(other, 'of somebody else');
  symlinkSync(other, file);
  const recording = await createRecordingFile(file, FRAME);
  expect(readFileSync(file, 'utf8')).toBe('[]');
  await recording.append('1');
  expect(readFileSync(file, 'utf8')).toBe('[1]');
  await recording.append(',ä');
  expect(readFileSync(file, 'utf8')).toBe('[1,ä]');
  expect(recording.bytes).toBe(6);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(other, 'utf8')).toBe('of somebody else');
  await recording.close();
  await expect(createRecordingFile('/proc/no/file', FRAME)).rejects.toMatchObject({ code: 'E_STATE_UNWRITABLE' });
});

const item = (sequence: number): ObservedItem => ({
  ...{ type: 'http', sequence, atMs: 1000 + sequence, method: 'GET', target: `/${sequence}`, headers: [] },
  ...{ body: Buffer.alloc(0), bodyBytes: 0, status: 200, tookMs: 1 },
});

/** Tells what is pushed, and ends with `finish`, or with an error. */
function fake(...batches: readonly (readonly number[] | 'broken' | 'over')[]) {
  const ended = new AbortController();
  async function* items(): AsyncGenerator<readonly ObservedItem[]> {
    for (const batch of batches) {
      if (batch === 'broken') throw new StackctlError('E_NOT_READY', 'it broke off');
      if (batch === 'over') return;
      yield batch.map(item);
    }
    if (!ended.signal.aborted) await once(ended.signal, 'abort');
    yield [item(99)];
  }
  const recorder: OpenRecorder = {
    ...{ at: 'here', sendTo: undefined, items: items(), losses: { missed: 0, unfinished: 0 } },
    finish: () => ended.abort(),
    close: async () => undefined,
  };
  return recorder;
}

async function recorded(recorder: OpenRecorder, change: Partial<RecordRun> = {}) {
  const encoder = encoderOf('har', false, '1');
  const to = path();
  const file = await createRecordingFile(to, encoder.frame);
  const run = { recorder, encoder, file, count: undefined, durationMs: 60_000, title: 'record', clock: performance };
  const result = await runRecord({ ...run, emit: () => undefined, stop: new AbortController().signal, ...change });
  await file.close();
  const { log } = JSON.parse(readFileSync(to, 'utf8')) as { log: { entries: { request: { url: string } }[] } };
  return { ...result, urls: log.entries.map(({ request }) => request.url.replace('http://localhost/', '')) };
}

test('ends after so many, in the order in which they came', async () => {
  const result = await recorded(fake([1, 0], [3], [2, 4, 5]), { count: 4 });
  expect(result).toMatchObject({ ended: 'count', urls: ['0', '1', '2', '3'], counts: { recorded: 4, outOfOrder: 0 } });
});

test('ends when the time is over, or when it is stopped, with what had come by then', async () => {
  expect(await recorded(fake([0], [1]), { durationMs: 5 })).toMatchObject({
    ended: 'duration',
    urls: ['0', '1', '99'],
  });
  const stop = AbortSignal.abort();
  expect(await recorded(fake([0]), { stop })).toMatchObject({ ended: 'stopped', urls: ['0', '99'], loss: undefined });
});

test('what is recorded goes away: what came until then is in the file', async () => {
  const result = await recorded(fake([0], [2], 'broken'));
  expect(result).toMatchObject({ ended: 'lost', urls: ['0', '2'], loss: { message: 'it broke off' } });
  const stopped = await recorded(fake([0], 'over'));
  expect(stopped).toMatchObject({ ended: 'lost', urls: ['0'], loss: { message: 'here was stopped' } });
});
