import { describe, expect, test } from 'vitest';
import { kind as redis } from '../../../../src/kinds/redis/index.ts';
import { kind as valkey } from '../../../../src/kinds/valkey/index.ts';

const parse = (text: string) => redis.versions?.parseVersion(text);

test.each<[string, string, number | undefined]>([
  ['Redis server v=6.2.14 sha=00000000:0 malloc=libc bits=64', 'Redis 6.2.14', 9],
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 'Redis 7.0.15', 10],
  ['Redis server v=7.2.4 sha=00000000:0', 'Redis 7.2.4', 11],
  ['Redis server v=7.4.1 sha=00000000:0', 'Redis 7.4.1', 12],
  ['Redis server v=8.0.2 sha=00000000:0', 'Redis 8.0.2', 12],
  ['Redis server v=8.4.0 sha=00000000:0', 'Redis 8.4.0', 12],
  ['Redis server v=8.6.0 sha=00000000:0', 'Redis 8.6.0', 13],
  ['Redis server v=8.10.0 sha=00000000:0', 'Redis 8.10.0', undefined],
  ['Valkey server v=8.1.1 sha=00000000:0', 'Valkey 8.1.1', 11],
  ['Valkey server v=9.0.1 sha=00000000:0', 'Valkey 9.0.1', 80],
  ['Valkey server v=10.0.0 sha=00000000:0', 'Valkey 10.0.0', undefined],
])('%s', (text, title, writes) => {
  expect(parse(text)).toMatchObject({ title, writes });
});

test.each(['', 'sh: redis-server: not found', 'Redis server v=unstable'])('%j is no version', (text) => {
  expect(parse(text)).toBeUndefined();
});

test.each<[string, readonly number[], readonly number[]]>([
  ['Redis server v=7.0.15', [9, 10], [11, 12, 80]],
  ['Redis server v=8.0.2', [10, 11, 12], [13, 80]],
  ['Redis server v=9.9.9', [12, 15], [80]],
  ['Valkey server v=8.1.1', [10, 11], [12, 80]],
  ['Valkey server v=9.0.0', [11, 80], [12, 14, 81]],
  ['Valkey server v=11.0.0', [11, 80, 90], [12]],
])('%s reads %j and not %j', (text, read, unread) => {
  expect(read.map((format) => parse(text)?.reads(format))).toEqual(read.map(() => true));
  expect(unread.map((format) => parse(text)?.reads(format))).toEqual(unread.map(() => false));
});

describe('the files that a start reads', () => {
  const stored = async (config: string, files: Readonly<Record<string, string>>, kind = redis) =>
    kind.versions?.stored({
      config: (name) => (name === `${kind.name}.conf` ? config : undefined),
      read: async (file, bytes) => files[file]?.slice(0, bytes),
    });
  const manifest = 'file a.aof.3.base.rdb seq 3 type b\nfile a.aof.3.incr.aof seq 3 type i startoffset 0\n';

  test('without an append-only file: the snapshot', async () => {
    const files = { 'dump.rdb': 'REDIS0012\xfa', 'appendonlydir/appendonly.aof.manifest': manifest };
    expect(await stored('appendonly no', files)).toEqual([{ file: 'dump.rdb', format: 12 }]);
    expect(await stored('dbfilename "mine.rdb"', { 'mine.rdb': 'REDIS0009' }, valkey)).toEqual([
      { file: 'mine.rdb', format: 9 },
    ]);
  });

  test('with one: its base, whatever the snapshot is', async () => {
    const files = {
      'dump.rdb': 'REDIS0012',
      'appendonlydir/appendonly.aof.manifest': manifest,
      'appendonlydir/a.aof.3.base.rdb': 'REDIS0010...',
    };
    expect(await stored('APPENDONLY yes', files)).toEqual([{ file: 'appendonlydir/a.aof.3.base.rdb', format: 10 }]);
  });

  test('with one, in another folder and by another name', async () => {
    const files = { 'log/b.aof.manifest': 'file b.aof.1.base.rdb seq 1 type b', 'log/b.aof.1.base.rdb': 'REDIS0011' };
    expect(await stored('appendonly yes\nappenddirname log\nappendfilename b.aof', files)).toEqual([
      { file: 'log/b.aof.1.base.rdb', format: 11 },
    ]);
  });

  test('from before Redis 7: one file', async () => {
    expect(await stored('appendonly yes', { 'appendonly.aof': 'REDIS0009' })).toEqual([
      { file: 'appendonly.aof', format: 9 },
    ]);
  });

  test.each([
    ['nothing is there', 'appendonly yes', {}],
    ['commands alone', 'appendonly yes', { 'appendonly.aof': '*2\r\n$6\r\nSELECT' }],
    [
      'a base of commands',
      'appendonly yes',
      { 'appendonlydir/appendonly.aof.manifest': 'file x seq 1 type b', x: '*2' },
    ],
    ['increments alone', 'appendonly yes', { 'appendonlydir/appendonly.aof.manifest': 'file x seq 1 type i' }],
    ['a file that is none', 'appendonly no', { 'dump.rdb': 'REDIS' }],
    ['asked to try it', 'rdb-version-check relaxed', { 'dump.rdb': 'REDIS0080' }],
  ])('%s', async (_what, config, files) => {
    expect(await stored(config, files)).toEqual([]);
  });
});
