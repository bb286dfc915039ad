import { parseInfo, versionIn } from '../../../clients/redis/info.ts';
import { withQuestions } from '../../../clients/redis/questions.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import type { ServerVersion, StoredFile, StoredInput, VersionsCapability } from '../../../stack/contract/versions.ts';
import { PRODUCTS, type Product } from './products.ts';
import { argumentText, lastOf, readConfig } from './read-config.ts';

const ASK_MS = 1000;

type ProductName = keyof typeof PRODUCTS;

/** `REDIS0011`: an RDB file, and an append-only file that begins with one. */
const MAGIC = /^REDIS(\d{4})/;
const MAGIC_BYTES = 9;

/**
 * The version of the RDB format that each release writes, newest first: `RDB_VERSION` in src/rdb.h. A server refuses a
 * file with a higher one ("Can't handle RDB format version"). Valkey counts on from 80, so that no number means two things;
 * it does not read those between.
 */
const WRITES: Readonly<Record<ProductName, readonly (readonly [release: string, format: number])[]>> = {
  redis: [
    ['8.8', 14],
    ['8.6', 13],
    ['7.4', 12],
    ['7.2', 11],
    ['7.0', 10],
    ['5.0', 9],
  ],
  valkey: [
    ['9.0', 80],
    ['7.2', 11],
  ],
};
/** The newest release that these numbers were looked up for. */
const NEWEST_KNOWN: Readonly<Record<ProductName, string>> = { redis: '8.8', valkey: '9.0' };
const LAST_SHARED_FORMAT = 11;
const FIRST_OF_VALKEY = 80;

/** @param password of a service's own servers. */
export function versions<Options>(
  { configFile }: Pick<Product, 'configFile'>,
  password: (input: InstanceInput<Options>) => Secret | undefined,
): VersionsCapability<Options> {
  return {
    formatName: 'RDB version',
    parseVersion,
    askVersion: async (input) =>
      withQuestions(
        { address: input.instance.client, password: password(input), timeoutMs: ASK_MS },
        async (client) => {
          const info = parseInfo(String(await client.call('INFO', 'server')));
          const version = versionIn(info);
          return version === undefined ? undefined : serverOf(info.has('valkey_version') ? 'valkey' : 'redis', version);
        },
      ),
    stored: (input) => stored(input, configFile),
  };
}

/** `Redis server v=7.0.15 sha=…`, `Valkey server v=8.1.1 …`; a link to the one may have the name of the other. */
function parseVersion(text: string): ServerVersion | undefined {
  const [, name = '', version = ''] = /(redis|valkey) server v=(\d+\.\d+\.\d+)/i.exec(text) ?? [];
  const product = name.toLowerCase();
  return product === 'redis' || product === 'valkey' ? serverOf(product, version) : undefined;
}

function serverOf(product: ProductName, version: string): ServerVersion {
  const title = `${PRODUCTS[product].title} ${version}`;
  const isUnknown = isNewer(version, NEWEST_KNOWN[product]);
  const writes = isUnknown ? undefined : WRITES[product].find(([release]) => !isNewer(release, version))?.[1];
  const between = (format: number): boolean => format > LAST_SHARED_FORMAT && format < FIRST_OF_VALKEY;
  const skips = (format: number): boolean =>
    product === 'valkey'
      ? (writes ?? FIRST_OF_VALKEY) >= FIRST_OF_VALKEY && between(format)
      : format >= FIRST_OF_VALKEY;
  return {
    title,
    writes,
    readsUpTo: writes,
    reads: (format) => !skips(format) && (writes === undefined || format <= writes),
  };
}

/** By the first two numbers. */
function isNewer(a: string, b: string): boolean {
  const [[majorA = 0, minorA = 0], [majorB = 0, minorB = 0]] = [numbersOf(a), numbersOf(b)];
  return majorA > majorB || (majorA === majorB && minorA > minorB);
}

function numbersOf(version: string): readonly number[] {
  return version.split('.').map(Number);
}

/**
 * With an append-only file only that is read, else only the snapshot. Since Redis 7 it is a folder with a manifest,
 * whose base file is an RDB file; before, one file that begins with one.
 */
async function stored({ config, read }: StoredInput, configFile: string): Promise<readonly StoredFile[]> {
  const lines = readConfig(config(configFile) ?? '');
  const setting = (name: string, otherwise: string): string => {
    const line = lastOf(lines, name);
    return line === undefined ? otherwise : argumentText(line);
  };
  // Valkey 8.1 and newer: it is asked to try.
  if (setting('rdb-version-check', 'strict').toLowerCase() === 'relaxed') return [];
  const formatOf = async (file: string): Promise<readonly StoredFile[]> => {
    const [, digits] = MAGIC.exec((await read(file, MAGIC_BYTES)) ?? '') ?? [];
    return digits === undefined ? [] : [{ file, format: Number(digits) }];
  };
  if (setting('appendonly', 'no').toLowerCase() !== 'yes') return formatOf(setting('dbfilename', 'dump.rdb'));
  const name = setting('appendfilename', 'appendonly.aof');
  const folder = setting('appenddirname', 'appendonlydir');
  const manifest = await read(`${folder}/${name}.manifest`);
  if (manifest === undefined) return formatOf(name);
  const base = manifest.split('\n').flatMap((line) => /^file (\S+) seq \d+ type b\b/.exec(line)?.[1] ?? [])[0];
  return base === undefined ? [] : formatOf(`${folder}/${base}`);
}
