import { execFile } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MIB = 1024 * 1024;
/** What a reading may take beyond that of a small recording: far less than the large one has, far more than a chunk. */
const MOST_MORE_MIB = 64;

const folder = mkdtempSync(join(tmpdir(), 'stackctl-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A process of its own, whose memory nothing else uses: it prints what it read and the most that it had in memory. */
const PROGRAM = `
  import { readReplay } from './src/traffic/replay/read-replay.ts';
  const input = { path: process.argv[2], stdin: process.stdin, signal: new AbortController().signal, format: undefined,
    timeField: undefined, keepCredentials: false };
  const rules = { speed: 'max', from: undefined, to: undefined, limitGapMs: undefined, loop: false };
  const { items, summary } = readReplay(input, rules);
  for await (const _ of items);
  const { format, items: count } = summary();
  console.log(JSON.stringify({ format, count, mostMiB: process.resourceUsage().maxRSS / 1024 }));
`;
const program = join(folder, 'read.mjs');

beforeAll(async () => {
  await build({
    stdin: { contents: PROGRAM, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    ...{ bundle: true, platform: 'node', format: 'esm', outfile: program, logLevel: 'error' },
  });
});

interface Found {
  readonly format: string;
  readonly count: number;
  readonly mostMiB: number;
}

async function readIn(path: string): Promise<Found> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-old-space-size=64', program, path]);
  return JSON.parse(stdout) as Found;
}

const started = (index: number): string => new Date(Date.UTC(2026, 0, 1) + index).toISOString();

const WRITERS: Readonly<Record<string, readonly [before: string, item: (index: number) => string, after: string]>> = {
  jsonl: ['', (index) => `${JSON.stringify({ at: started(index), user: index, text: 'größe '.repeat(20) })}\n`, ''],
  har: [
    '{"log":{"entries":[\n',
    (index) =>
      `${index === 0 ? '' : ',\n'}${JSON.stringify({
        startedDateTime: started(index),
        request: {
          method: 'POST',
          url: `https://a.example/${index}`,
          headers: [],
          postData: { text: 'x'.repeat(200) },
        },
        response: { content: { text: '{"é": "]}"}'.repeat(200) } },
      })}`,
    ']}}\n',
  ],
  // One line, and one entry with a response that is larger than an entry may be.
  'har with a large response': [
    '{"log":{"entries":[',
    (index) =>
      `${index === 0 ? '' : ','}${JSON.stringify({
        startedDateTime: started(index),
        request: { method: 'GET', url: `https://a.example/${index}` },
        response: { content: { text: 'x'.repeat(index === 1 ? 20 * MIB : 1000) } },
      })}`,
    ']}}',
  ],
};

async function write(kind: string, bytes: number): Promise<{ readonly path: string; readonly count: number }> {
  const [before, item, after] = WRITERS[kind] ?? ['', () => '', ''];
  let count = 0;
  function* parts(): Generator<string> {
    yield before;
    for (let written = 0; written < bytes; count++) {
      const text = item(count);
      written += Buffer.byteLength(text);
      yield text;
    }
    yield after;
  }
  const path = join(folder, `${kind.replaceAll(' ', '-')}-${bytes}`);
  await pipeline(Readable.from(parts()), createWriteStream(path));
  return { path, count };
}

test.each(Object.keys(WRITERS))('200 MB of %s are read in little memory', async (kind) => {
  const [small, large] = [await write(kind, MIB), await write(kind, 200 * MIB)];
  const [least, most] = [await readIn(small.path), await readIn(large.path)];
  expect(least.count).toBe(small.count);
  expect(most).toMatchObject({ format: kind.split(' ')[0], count: large.count });
  expect(most.mostMiB - least.mostMiB).toBeLessThan(MOST_MORE_MIB);
});
