import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/inspect/inspect.ts';
import { prefixOf } from '../../src/kinds/_shared/redis/inspect/prefix.ts';
import { escapeControls } from '../../src/lib/escape-controls.ts';
import { inspectText } from '../../src/output/inspect.ts';
import type { InspectView } from '../../src/stack/contract/inspect.ts';
import { trafficStack } from '../traffic/profiles.ts';

const good: InspectView = {
  name: 'sizes',
  summary: 'how large everything is',
  read: async () => ({
    columns: ['name', 'usedBytes', 'withTtlShare', 'durationUs', 'lastId'],
    rows: [
      ['a\u001b[2Jb\u009b1m\u202e\n', 2048, 0.125, 7, null],
      ['plain', 0, 1, 12, '1-0'],
    ],
    notes: ['a sample\u0007'],
  }),
};
const broken: InspectView = {
  name: 'broken',
  summary: 'cannot be read',
  read: () => Promise.reject(new Error('refused\u001b[31m')),
};
const frozen: InspectView = {
  name: 'frozen',
  summary: 'never answers',
  read: (_input, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
};

const address = { host: '127.0.0.1', port: 1 };
const instance = (index: number) => ({
  name: `api-${index}`,
  service: 'api',
  index,
  ports: [],
  peer: address,
  client: address,
});

function look(
  views: readonly InspectView[],
  view?: string,
  present: ReadonlySet<string> = new Set(['api-1', 'api-2']),
) {
  const stack = trafficStack();
  const [first] = stack.services;
  if (first === undefined) throw new Error('no service');
  const services = [
    { ...first, instances: [instance(1), instance(2)], kind: { ...first.kind, inspector: { views } } },
    ...stack.services.slice(1),
  ];
  const signal = new AbortController().signal;
  return inspect({ stack, services, present, view, timeoutMs: 50, emit: () => undefined, signal });
}

test('a view that fails or hangs is named with its reason, and the others go on', async () => {
  const report = await look([broken, frozen, good]);
  expect(report).toMatchObject({
    failed: 2,
    services: [
      {
        service: 'api',
        views: [
          { view: 'broken', status: 'failed', error: 'refused\u001b[31m', rows: [] },
          { view: 'frozen', status: 'failed', error: 'no answer within 50 ms' },
          { view: 'sizes', status: 'ok', error: null, rows: [{ usedBytes: 2048 }, { name: 'plain', lastId: '1-0' }] },
        ],
      },
    ],
  });
});

test('one view can be chosen; a wrong name is answered with the right ones', async () => {
  expect((await look([broken, good], 'sizes')).services[0]?.views).toHaveLength(1);
  await expect(look([broken, good], 'size')).rejects.toMatchObject({
    code: 'E_VIEW_NOT_FOUND',
    message: expect.stringContaining('did you mean "sizes"?'),
    hint: 'It has: broken, sizes.',
  });
  await expect(look([])).rejects.toMatchObject({ code: 'E_VIEW_NOT_FOUND' });
});

test('an instance that is not there is not asked: somebody else may have its address', async () => {
  const asked: string[] = [];
  const spy: InspectView = {
    ...good,
    read: async ({ service }) => {
      asked.push(...service.instances.map(({ name }) => name));
      return { columns: ['a'], rows: [] };
    },
  };
  expect((await look([spy], undefined, new Set(['api-2']))).services[0]?.views).toMatchObject([
    { status: 'ok', notes: ['api-1 is not running'] },
  ]);
  expect(asked).toEqual(['api-2']);
  expect(await look([spy], undefined, new Set())).toMatchObject({
    failed: 1,
    services: [{ views: [{ status: 'failed', error: 'api-1, api-2: not running' }] }],
  });
  expect(asked).toEqual(['api-2']);
});

test('what servers hold cannot act upon a terminal', async () => {
  const text = inspectText(await look([broken, good]));
  const plain = stripVTControlCharacters(text);
  expect(plain).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}]/u);
  expect(plain).toContain(String.raw`a\x1b[2Jb\x9b1m\u202e\x0a`);
  expect(plain).toContain(String.raw`failed: refused\x1b[31m`);
  expect(plain).toMatch(/NAME +USED +WITH TTL % +DURATION \(US\) +LAST ID/);
  expect(plain).toMatch(/2\.0 KiB +12\.5 +7/);
});

test('text without control characters stays as it is', () => {
  expect(escapeControls('Zürich – 東京 "x"')).toBe('Zürich – 東京 "x"');
});

describe('the prefix of a key', () => {
  test.each([
    ['events', 'events'],
    ['sentinel:events', 'sentinel:events'],
    ['room:{room-7}:ops', 'room:*:ops'],
    ['opalmind:cache:0f343b0931126a20f133d67c2b018a3b', 'opalmind:cache:*'],
    ['session:anna@example.com', 'session:*'],
    ['key42', '*'],
    ['a:b:c:d:e:f', 'a:b:c:d:…'],
    ['', ''],
    ['größe:東京:42', 'größe:東京:*'],
  ])('%s is %s', (key, prefix) => {
    expect(prefixOf(Buffer.from(key)).toString('utf8')).toBe(prefix);
  });
});
