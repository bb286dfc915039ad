import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLICKHOUSE_SQL } from '../../src/kinds/clickhouse/sql/dialect.ts';
import { fileStamp } from '../../src/lib/file-stamp.ts';
import { decodeSource } from '../../src/lib/source-text.ts';
import { readMigrations, requireValidOnce } from '../../src/migrate/folder.ts';
import { openKnownFiles } from '../../src/migrate/known-files.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import { ledgerOf, stackOf } from '../support/memory-ledger.ts';
import { folderOf } from '../support/stack-fixtures.ts';

const OLD = new Date('2026-01-01T00:00:00Z');

/** A stack whose files lie in a folder, and which of them were read. */
async function project(texts: Readonly<Record<string, string>>) {
  const folder = await folderOf(texts);
  const reads: string[] = [];
  // As a clock that has gone on: a file of this moment is not trusted.
  const stamps = new Map<string, number>();
  const stack = stackOf({}, ledgerOf().session);
  const files = Object.keys(texts).map((name) => {
    const path = join(folder.path, name);
    return {
      name,
      path,
      read: () => {
        reads.push(name);
        return decodeSource(Buffer.from(current[name] ?? ''));
      },
      stamp: () => {
        const found = fileStamp(path);
        return found && { ...found, changedMs: stamps.get(name) ?? OLD.getTime() };
      },
    };
  });
  const current: Record<string, string> = { ...texts };
  const [migrations] = stack.migrations;
  const withFiles = { ...stack, migrations: [{ ...migrations, files }] } as Stack;
  const known = () => openKnownFiles(join(folder.path, 'known.json'));
  const change = async (name: string, text: string) => {
    current[name] = text;
    await writeFile(join(folder.path, name), text);
  };
  return { folder, reads, stamps, stack: withFiles, known, change };
}

const FILES = { '1_a.sql': 'SELECT 1', '2_b.sql': 'SELECT 2' };

test('a file that was not written since is not read again, and has the same checksum', async () => {
  const { folder, reads, stack, known } = await project(FILES);
  await using _ = folder;
  const first = known();
  const [before] = readMigrations(stack, undefined, first);
  await first.save();
  expect(reads).toEqual(['1_a.sql', '2_b.sql']);
  const [after] = readMigrations(stack, undefined, known());
  expect(reads).toHaveLength(2);
  expect(after?.files.map(({ checksum }) => checksum)).toEqual(before?.files.map(({ checksum }) => checksum));
  expect(after?.files[0]?.content()).toMatchObject({ ok: true });
  expect(reads).toEqual(['1_a.sql', '2_b.sql', '1_a.sql']);
});

test('one that was written is, also when it kept its size and its time', async () => {
  const { folder, reads, stack, known, change } = await project(FILES);
  await using _ = folder;
  await utimes(join(folder.path, '1_a.sql'), OLD, OLD);
  const first = known();
  readMigrations(stack, undefined, first);
  await first.save();
  await change('1_a.sql', 'SELECT 9');
  await utimes(join(folder.path, '1_a.sql'), OLD, OLD);
  reads.length = 0;
  readMigrations(stack, undefined, known());
  expect(reads).toEqual(['1_a.sql']);
});

test('a file of this moment, and what another version knew, are not trusted', async () => {
  const { folder, reads, stamps, stack, known } = await project(FILES);
  await using _ = folder;
  stamps.set('2_b.sql', Date.now());
  const first = known();
  readMigrations(stack, undefined, first);
  await first.save();
  readMigrations(stack, undefined, known());
  expect(reads).toEqual(['1_a.sql', '2_b.sql', '2_b.sql']);
  const path = join(folder.path, 'known.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), version: 'another' }));
  reads.length = 0;
  readMigrations(stack, undefined, known());
  expect(reads).toHaveLength(2);
});

test('a file without a mistake is looked into once; a wrong one each time', async () => {
  const { folder, reads, stack, known } = await project({ ...FILES, '3_c.sql': "SELECT '" });
  await using _ = folder;
  const first = known();
  const right = readMigrations(stack, undefined, first).map((one) => ({ ...one, files: one.files.slice(0, 2) }));
  requireValidOnce(first, right);
  await first.save();
  reads.length = 0;
  const second = known();
  const again = readMigrations(stack, undefined, second);
  expect(() => requireValidOnce(second, again)).toThrow('3_c.sql:1:8 this quoted text is never closed');
  expect(reads).toEqual(['3_c.sql']);
  expect(() => requireValidOnce(second, again)).toThrow('is never closed');
});

test('what cannot be written down is found out again', async () => {
  const { folder, stack } = await project(FILES);
  await using _ = folder;
  const nowhere = openKnownFiles(join(folder.path, 'no', 'known.json'));
  readMigrations(stack, undefined, nowhere);
  await nowhere.save();
});

test('a file that is changed after it was identified is not run as what it was', async () => {
  const { folder, stack, known, change } = await project(FILES);
  await using _ = folder;
  const first = known();
  readMigrations(stack, undefined, first);
  await first.save();
  const [migrated] = readMigrations(stack, undefined, known());
  await change('1_a.sql', 'SELECT 9');
  expect(migrated?.files[0]?.content()).toMatchObject({
    ok: false,
    problems: [{ message: 'it was changed while stackctl was at work: run the command again' }],
  });
});

test('files keep what is known of them beside those that are new, and in other folders; a damaged record counts as none', async () => {
  await using folder = await folderOf({ 'a/2_b.sql': 'SELECT 2', 'a/1_a.sql': 'SELECT 1', 'b/1_a.sql': 'SELECT 3' });
  const path = join(folder.path, 'known.json');
  const source = (of: string, name: string) => {
    const at = join(folder.path, of, name);
    const stamp = () => {
      const found = fileStamp(at);
      return found && { ...found, changedMs: OLD.getTime() };
    };
    return { name, path: at, stamp, read: () => decodeSource(Buffer.from('')) };
  };
  const [a2, a1, b1] = [source('a', '2_b.sql'), source('a', '1_a.sql'), source('b', '1_a.sql')];
  const sum = (letter: string) => letter.repeat(64);
  const first = openKnownFiles(path);
  first.learn(a2, sum('2'));
  first.learn(b1, sum('3'));
  first.learnValid('postgres', sum('2'));
  await first.save();
  const second = openKnownFiles(path);
  expect([a1, a2, b1].map((file) => second.checksumOf(file))).toEqual([undefined, sum('2'), sum('3')]);
  second.learn(a1, sum('1'));
  second.learn(b1, sum('4'));
  await second.save();
  const third = openKnownFiles(path);
  // In any order, and more than once.
  expect([a2, a1, b1, a1, a2].map((file) => third.checksumOf(file))).toEqual(['2', '1', '4', '1', '2'].map(sum));
  expect([sum('2'), sum('1')].map((one) => third.isValid('postgres', one))).toEqual([true, false]);
  expect(third.isValid('clickhouse', sum('2'))).toBe(false);
  const saved = JSON.parse(await readFile(path, 'utf8'));
  for (const [inside, files] of Object.entries<object>(saved.folders))
    saved.folders[inside] = { ...files, checksums: sum('2').slice(1) };
  await writeFile(path, JSON.stringify(saved));
  expect([a1, a2, b1].map((file) => openKnownFiles(path).checksumOf(file))).toEqual([undefined, undefined, undefined]);
  await writeFile(path, '{"version": ');
  expect(openKnownFiles(path).checksumOf(a1)).toBeUndefined();
});

test('a text that is right for one kind of server is looked into for another one', async () => {
  const { folder, stack, known } = await project({ '1_a.sql': "SELECT 'a\\';" });
  await using _ = folder;
  const [service] = stack.services;
  if (service?.kind.migrator === undefined) throw new Error('no migrator');
  const kind = { ...service.kind, name: 'other', migrator: { ...service.kind.migrator, sql: CLICKHOUSE_SQL } };
  const other = { ...stack, services: [{ ...service, kind }] } as Stack;
  const first = known();
  requireValidOnce(first, readMigrations(stack));
  await first.save();
  requireValidOnce(known(), readMigrations(stack));
  expect(() => requireValidOnce(known(), readMigrations(other))).toThrow(
    '1_a.sql:1:8 this quoted text is never closed',
  );
});

test('a known text is refused for its name, and for the names beside it', async () => {
  const { folder, stack, known } = await project({ '1_a.sql': 'SELECT 1' });
  await using _ = folder;
  const [migrations] = stack.migrations;
  const files = migrations?.files ?? [];
  const withFiles = (names: readonly string[]) =>
    ({
      ...stack,
      migrations: [{ ...migrations, files: names.map((name) => ({ ...files[0], name, path: name })) }],
    }) as Stack;
  const first = known();
  requireValidOnce(first, readMigrations(withFiles(['2_b.up.sql'])));
  const pair = withFiles(['2_b.up.sql', '3_b.down.sql']);
  expect(() => requireValidOnce(first, readMigrations(pair))).toThrow(/2_b\.up\.sql:1:1 .*\n.*3_b\.down\.sql:1:1 /);
  expect(() => requireValidOnce(first, readMigrations(withFiles(['2_a.undo.sql'])))).toThrow('2_a.undo.sql:1:1 ');
});

test('checksums that were kept without a kind are found out again, and the rest is still known', async () => {
  const { folder, reads, stack, known } = await project(FILES);
  await using _ = folder;
  const first = known();
  const services = readMigrations(stack, undefined, first);
  requireValidOnce(first, services);
  await first.save();
  const path = join(folder.path, 'known.json');
  const saved = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...saved, valid: saved.valid.replaceAll(/\w+\//g, '') }));
  reads.length = 0;
  const again = known();
  const found = readMigrations(stack, undefined, again);
  expect(reads).toEqual([]);
  requireValidOnce(again, found);
  expect(reads).toEqual(['1_a.sql', '2_b.sql']);
  await again.save();
  expect(
    JSON.parse(await readFile(path, 'utf8'))
      .valid.split(' ')
      .toSorted(),
  ).toEqual(saved.valid.split(' ').toSorted());
});
