import { expect, test } from 'vitest';
import { compare, driftText } from '../../src/migrate/compare.ts';
import type { MigrationFile } from '../../src/migrate/file.ts';
import type { LedgerEntry } from '../../src/stack/contract/ledger.ts';

const file = (name: string, checksum = `of ${name}`): MigrationFile => ({
  name,
  path: `migrations/${name}.sql`,
  version: BigInt(name.split('_')[0] ?? ''),
  checksum,
  lenientChecksums: () => [],
  text: () => '',
  content: () => ({ ok: false, problems: [] }),
});
const entry = (name: string, state: LedgerEntry['state'] = 'applied', checksum = `of ${name}`): LedgerEntry => ({
  name,
  checksum,
  state,
  appliedAt: '2026-01-02T03:04:05Z',
  durationMs: 1,
});
const FILES = ['1_a', '2_b', '3_c'].map((name) => file(name));
const pendingOf = (ledger: readonly LedgerEntry[]) =>
  compare(FILES, ledger).pending.map(({ file: { name }, cause }) => `${name} ${cause}`);

test('everything is new for an empty ledger, and nothing is pending once it is applied', () => {
  expect(pendingOf([])).toEqual(['1_a new', '2_b new', '3_c new']);
  expect(
    compare(
      FILES,
      FILES.map(({ name }) => entry(name)),
    ),
  ).toMatchObject({ pending: [], drifted: [] });
});

test('what was entered and not completed is pending in its place, edited or not, and is no drift', () => {
  const ledger = [entry('1_a', 'unavailable', 'older'), entry('2_b', 'failed', 'older'), entry('3_c')];
  expect(pendingOf(ledger)).toEqual(['1_a was not available', '2_b failed before']);
  expect(compare(FILES, ledger).drifted).toEqual([]);
  expect(pendingOf([entry('1_a', 'running')])).toEqual(['1_a was interrupted', '2_b new', '3_c new']);
});

test('an edited file is named with both checksums', () => {
  const { drifted } = compare(FILES, [entry('1_a', 'applied', 'abc')]);
  expect(drifted.map(driftText)).toEqual([
    'migrations/1_a.sql was edited after it was applied (applied: sha256 abc, now: of 1_a)',
  ]);
});

test('an applied file that is gone, and a new one below what is applied', () => {
  const { drifted, pending } = compare(FILES, [entry('1_a'), entry('0_gone'), entry('3_c')]);
  expect(drifted.map(({ type, name }) => `${type} ${name}`)).toEqual(['missing 0_gone', 'outOfOrder 2_b']);
  expect(driftText(drifted[1] ?? drifted[0] ?? { type: 'missing', name: '', state: 'applied' })).toContain(
    'lower version than 3_c',
  );
  expect(pending.map(({ file: { name } }) => name)).toEqual(['2_b']);
});

test('a file that failed and is gone, or has another name now, is drift: its statements may be in effect', () => {
  const ledger = [entry('1_a', 'failed'), entry('2_b', 'reverted'), entry('3_c', 'unavailable')];
  const { drifted } = compare([file('1_renamed')], ledger);
  expect(drifted.map(driftText)).toEqual(['1_a failed, and there is no such file']);
});
