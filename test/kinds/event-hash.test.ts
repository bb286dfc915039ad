import { expect, test } from 'vitest';
import { textHash as postgresText, uuidHash } from '../../src/kinds/_shared/postgres/event-hash.ts';
import { textHash as clickhouseText } from '../../src/kinds/clickhouse/event-hash.ts';
import { type IdHash, sumOfHalves } from '../../src/stack/contract/range-digest.ts';

function hashed(hash: IdHash, sequence: number): bigint {
  const halves = new Int32Array(2);
  hash(sequence, halves);
  return sumOfHalves(halves[0] ?? 0, (halves[1] ?? 0) >>> 0);
}

const [RUN, LOW, HIGH] = ['a1b2c3d4-e5f6', '00000000-0000', 'ffffffff-ffff'];
const [LAST, LARGE] = [2 ** 48 - 1, 0xfedcba987654];

// What the servers say: PostgreSQL 15 and ClickHouse 26.7.
test.each([
  ['uuid_hash_extended', uuidHash, RUN, 42, 7306364916337196196n],
  ['uuid_hash_extended', uuidHash, RUN, LARGE, 9019743190743318079n],
  ['uuid_hash_extended', uuidHash, LOW, 0, 6377691526435353283n],
  ['hashtextextended', postgresText, RUN, 42, 8974702616594734909n],
  ['hashtextextended', postgresText, RUN, LARGE, 3317032124111152596n],
  ['hashtextextended', postgresText, HIGH, LAST, -2487346423305093470n],
  ['murmurHash3_32 and xxHash32', clickhouseText, RUN, 42, sumOfHalves(-1299652696, 3451341742)],
  ['murmurHash3_32 and xxHash32', clickhouseText, RUN, LARGE, sumOfHalves(844740909, 297407946)],
  ['murmurHash3_32 and xxHash32', clickhouseText, HIGH, LAST, sumOfHalves(1324468423, 1119146936)],
] as const)('%s of an id is what the server makes of it', (_, hash, run, sequence, expected) => {
  expect(hashed(hash(run), sequence)).toBe(expected);
});
