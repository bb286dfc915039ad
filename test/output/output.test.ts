import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { drain } from '../../src/lib/drain.ts';
import { Secret } from '../../src/lib/secret.ts';
import { wantsColour } from '../../src/output/colour.ts';
import { envelopeLine } from '../../src/output/envelope.ts';
import { errorReport } from '../../src/output/errors.ts';
import { paint } from '../../src/output/paint.ts';
import { plainLine } from '../../src/output/plain.ts';
import { table } from '../../src/output/table.ts';

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  [{ NO_COLOR: '' }, true, true],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '' }, false, false],
])('wantsColour(%j, tty %s) is %s', (env, isTty, expected) => {
  expect(wantsColour({ env, isTty })).toBe(expected);
});

test('an envelope is one line, has no undefined field and reveals no secret', () => {
  const line = envelopeLine({
    command: 'up',
    data: { password: new Secret('hunter2') },
    warnings: [],
    error: undefined,
  });
  expect(line).toBe(
    '{"schemaVersion":1,"command":"up","status":"ok","data":{"password":"[redacted]"},"warnings":[],"error":null}\n',
  );
});

test('an error without a hint has hint null in the envelope', () => {
  const error = new StackctlError('E_LOCKED', 'locked', { details: { pid: 7 } });
  expect(JSON.parse(envelopeLine({ command: 'up', data: undefined, warnings: ['w'], error }))).toEqual({
    schemaVersion: 1,
    command: 'up',
    status: 'failed',
    data: null,
    warnings: ['w'],
    error: { code: 'E_LOCKED', message: 'locked', hint: null, details: { pid: 7 } },
  });
});

test('an error for people: what, why, the last log lines, what next', () => {
  const error = new StackctlError('E_START_FAILED', 'redis-1 does not start\nit exited with code 1', {
    hint: 'stackctl logs redis-1\nstackctl up',
    details: { reasons: ['port refused'], logs: { 'redis-1': ['bad directive', 'bye'] } },
  });
  expect(stripVTControlCharacters(errorReport(error))).toBe(`error E_START_FAILED: redis-1 does not start
  it exited with code 1
  - port refused
  last lines of redis-1:
    bad directive
    bye
  next: stackctl logs redis-1
        stackctl up
`);
});

test('a table measures cells as they show', () => {
  const rows = [
    { name: 'redis-1', health: paint('green', 'ok'), lag: 0 },
    { name: 'sentinel-10', health: paint('red', 'frozen'), lag: 1200 },
  ];
  const text = table(
    [
      { title: 'name', cell: ({ name }) => name },
      { title: 'health', cell: ({ health }) => health },
      { title: 'lag', cell: ({ lag }) => String(lag), align: 'right' },
    ],
    rows,
  );
  expect(stripVTControlCharacters(text)).toBe(
    ['NAME         HEALTH   LAG', 'redis-1      ok         0', 'sentinel-10  frozen  1200'].join('\n'),
  );
});

test('a table without rows has its titles', () => {
  expect(stripVTControlCharacters(table([{ title: 'name', cell: String }], []))).toBe('NAME');
});

describe('plain lines', () => {
  test.each([
    [{ type: 'note', text: 'runtime docker' } as const, 'runtime docker'],
    [{ type: 'warning', text: 'even number' } as const, 'warning: even number'],
    [step('start', 'not running'), 'start redis-1 ... (not running)'],
    [step('done'), 'start redis-1 ok'],
    [step('failed', 'exit 1'), 'start redis-1 failed: exit 1'],
    [step('skipped', 'runs'), 'start redis-1 skipped: runs'],
    [step('progress', 'loading'), undefined],
  ])('%j', (event, expected) => {
    const line = plainLine(event);
    expect(line === undefined ? undefined : stripVTControlCharacters(line)).toBe(expected);
  });
});

function step(state: 'start' | 'progress' | 'done' | 'failed' | 'skipped', detail?: string) {
  return {
    type: 'step',
    id: 'start:redis-1',
    title: 'start redis-1',
    state,
    ...(detail === undefined ? {} : { detail }),
  } as const;
}

test('drain waits for a slow reader', async () => {
  let written = '';
  const slow = new Writable({
    write: (chunk, _encoding, done) => {
      setImmediate(() => {
        written += chunk;
        done();
      });
    },
  });
  slow.write('a');
  slow.write('b');
  expect(await drain(slow)).toBeUndefined();
  expect(written).toBe('ab');
});
