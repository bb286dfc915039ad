import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseMonitorLine } from '../../../src/traffic/replay/monitor-line.ts';
import { refusedCommand } from '../../../src/traffic/replay/replayable-command.ts';
import { chunkSizes, cut, inputOf, read, readText } from './recordings.ts';

const AT = '1339518083.107412';

/** `sdscatrepr` of Redis: every byte that is no printable ASCII as an escape. */
function repr(bytes: Uint8Array): string {
  const named = new Map([...'nrtab'].map((letter, index) => ['\n\r\t\x07\b'.charCodeAt(index), `\\${letter}`]));
  const one = (byte: number): string => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return named.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  };
  return `"${[...bytes].map(one).join('')}"`;
}

const bytesOf = (arg: string | Buffer): Buffer => Buffer.from(arg);
const argument = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc
    .string({ unit: fc.constantFrom('"', '\\', '\\x', 'n', '\n', ' ', '] "', '\0'), maxLength: 8 })
    .map((text) => new Uint8Array(Buffer.from(text))),
);

describe('a line of MONITOR', () => {
  it('gives the bytes of every argument back, with any chunks', async () => {
    const commands = fc.array(
      fc.record({
        args: fc.array(argument, { maxLength: 4 }),
        db: fc.nat(15),
        client: fc.constantFrom('127.0.0.1:60866', '[::1]:60866', 'unix:/run/a [b] c.sock'),
        micros: fc.nat(999_999),
      }),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(commands, chunkSizes, async (all, sizes) => {
        const lines = all.map(({ args, db, client, micros }) => {
          const words = [Buffer.from('SET'), ...args].map(repr).join(' ');
          return `1339518083.${String(micros).padStart(6, '0')} [${db} ${client}] ${words}\n`;
        });
        const { items } = await read(inputOf(cut(Buffer.from(`OK\n${lines.join('')}`), sizes), { format: 'monitor' }));
        expect(
          items.map(({ line, atMs, request }) => ({
            line,
            atMs,
            ...(request.type === 'command' && { db: request.db, args: request.args.map(bytesOf) }),
          })),
        ).toEqual(
          all.map(({ args, db, micros }, index) => ({
            ...{ line: index + 2, atMs: Number(`1339518083${(micros / 1000).toFixed(3).padStart(7, '0')}`), db },
            args: [Buffer.from('SET'), ...args.map((arg) => Buffer.from(arg))],
          })),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('is text where it is UTF-8, and bytes where it is not', () => {
    const line = parseMonitorLine(`${AT} [0 127.0.0.1:1] "SET" "gr\\xc3\\xbc\\xc3\\x9fe" "\\xff\\x00" "" "\\\\x41"`);
    expect(line).toEqual({
      ...{ type: 'command', atMs: 1339518083107.412, db: 0, isOfScript: false },
      args: ['SET', 'grüße', Buffer.of(0xff, 0), '', '\\x41'],
    });
  });

  test.each([
    ['', 1, 'is no line of MONITOR'],
    ['Error: Server closed the connection', 1, 'is no line of MONITOR'],
    ['1339518083 [0 127.0.0.1:1] "GET"', 1, 'is no line of MONITOR'],
    [`${AT} [0 127.0.0.1:1] `, 1, 'is no line of MONITOR'],
    [`${AT} [0 127.0.0.1:1] "GET" "a`, 41, 'has an argument that is never closed'],
    [`${AT} [0 127.0.0.1:1] "GET" "a\\"`, 41, 'has an argument that is never closed'],
    [`${AT} [0 127.0.0.1:1] "GET""a"`, 40, 'must have a space between arguments'],
    [`${AT} [0 127.0.0.1:1] "GET" `, 41, 'must have an argument in quotation marks here'],
    [`${AT} [0 127.0.0.1:1] "GET" "a\\q"`, 43, 'has an escape that MONITOR does not write'],
    [`${AT} [0 127.0.0.1:1] "GET" "a\\x4g"`, 43, 'has an escape that MONITOR does not write'],
  ])('%j is broken', (line, column, message) => {
    expect(parseMonitorLine(line)).toEqual({ type: 'broken', column, message: expect.stringContaining(message) });
  });

  it('of many backslashes is read in no time', () => {
    const line = parseMonitorLine(`${AT} [0 lua] "SET" "${'\\\\'.repeat(1_000_000)}\\""`);
    expect(line).toMatchObject({ isOfScript: true, args: ['SET', `${'\\'.repeat(1_000_000)}"`] });
  });
});

test.each([
  [['AUTH', 'x'], 'connection', 'AUTH'],
  [['hello', '3'], 'connection', 'HELLO'],
  [['MONITOR'], 'connection', 'MONITOR'],
  [['subscribe', 'a'], 'connection', 'SUBSCRIBE'],
  [['SELECT', '3'], 'connection', 'SELECT'],
  [['multi'], 'connection', 'MULTI'],
  [['CLIENT', 'KILL', 'x'], 'connection', 'CLIENT'],
  [['config', 'SET', 'a', 'b'], 'administration', 'CONFIG'],
  [['INFO', 'replication'], 'administration', 'INFO'],
  [['ROLE'], 'administration', 'ROLE'],
  [['PING'], 'connection', 'PING'],
  [['SET', 'stackctl:readiness', '1', 'XX'], 'administration', 'SET STACKCTL:READINESS'],
  [['FLUSHALL'], 'administration', 'FLUSHALL'],
  [['script', 'flush'], 'administration', 'SCRIPT FLUSH'],
  [['MIGRATE', 'host'], 'administration', 'MIGRATE'],
  [['PUBLISH', '__sentinel__:hello', '127.0.0.1,26379,…'], 'administration', 'PUBLISH __SENTINEL__:HELLO'],
  [['blpop', 'a', '0'], 'blocking', 'BLPOP'],
  [['WAIT', '1', '0'], 'blocking', 'WAIT'],
  [['XREAD', 'COUNT', '1', 'block', '0', 'STREAMS', 's', '$'], 'blocking', 'XREAD BLOCK'],
  [['XREADGROUP', 'GROUP', 'streams', 'block', 'BLOCK', '0', 'STREAMS', 's', '>'], 'blocking', 'XREADGROUP BLOCK'],
])('%j is left out', (args, reason, name) => {
  expect(refusedCommand(args)).toEqual({ reason, name });
});

test.each([
  [['SET', 'FLUSHALL', 'FLUSH']],
  [['SCRIPT', 'LOAD', 'return 1']],
  [['SCRIPT']],
  [['EVALSHA', 'abc', '0']],
  [['XREAD', 'STREAMS', 'BLOCK', '0']],
  [['XREADGROUP', 'GROUP', 'block', 'BLOCK', 'COUNT', '1', 'STREAMS', 's', '>']],
  [[Buffer.of(0xff)]],
  [['x'.repeat(1000)]],
  [['']],
])('%j is replayed', (args) => {
  expect(refusedCommand(args)).toBeUndefined();
});

test('what is left out is counted by name, and a last line without its end is cut off', async () => {
  const of = (client: string, ...args: readonly string[]): string =>
    `${AT} [0 ${client}] ${args.map((arg) => `"${arg}"`).join(' ')}\n`;
  const { format, items, leftOut, cutOffLines } = await readText(
    [
      ...['OK\n', of('[::1]:1', 'eval', 'x', '0'), of('lua', 'set', 'a', 'b'), of('lua', 'flushall'), '\n', 'OK\r\n'],
      ...[
        of('[::1]:1', 'config', 'get', 'x'),
        of('[::1]:1', 'CONFIG', 'SET', 'x', 'y'),
        of('[::1]:1', 'blpop', 'l', '0'),
      ],
      ...[of('[::1]:1', 'get', 'a'), of('[::1]:1', 'set', 'a', 'b', 'ex', '1').slice(0, -10)],
    ].join(''),
  );
  expect(format).toBe('monitor');
  expect(items.map(({ line, request }) => [line, request.type === 'command' && request.args[0]])).toEqual([
    [2, 'eval'],
    [10, 'get'],
  ]);
  expect(leftOut).toEqual([
    { reason: 'script', name: '', count: 2 },
    { reason: 'administration', name: 'CONFIG', count: 2 },
    { reason: 'blocking', name: 'BLPOP', count: 1 },
  ]);
  expect(cutOffLines).toBe(1);
});

test('a broken line is named with its place', async () => {
  await expect(readText(`OK\n${AT} [0 lua] "a" b\n`)).rejects.toMatchObject({
    code: 'E_RECORDING_INVALID',
    details: { problems: [{ file: 'standard input', line: 2, column: 31, field: '' }] },
  });
});
