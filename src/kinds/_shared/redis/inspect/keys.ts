import { showBytes, showKey } from '../../../../clients/redis/bytes.ts';
import type { RedisCaller } from '../../../../clients/redis/read-only.ts';
import type { InspectCell, InspectResult } from '../../../../stack/contract/inspect.ts';
import { prefixOf } from './prefix.ts';
import { BUDGET, type Refused, readEach, refusedNote, type Scanned, scan } from './scan.ts';
import { askOne, type Input } from './servers.ts';

/** Commands that are on their way together: more would hold up other clients. */
const TOGETHER = 50;
/** How many elements of a collection MEMORY USAGE weighs; 0 would be all. */
const SAMPLES = 5;
const MOST_ROWS = 30;

interface Group {
  readonly prefix: string;
  readonly types: Set<string>;
  keys: number;
  elements: number;
  usedBytes: number;
  withTtl: number;
  shortestTtlMs: number | undefined;
  largest: { readonly key: Buffer; readonly bytes: number };
}

interface KeyFacts {
  readonly key: Buffer;
  readonly type: string;
  readonly ttlMs: number;
  readonly bytes: number;
  readonly elements: number;
}

/** Counts, sizes and lifetimes by prefix: of all keys, or of as many as the budget allows. */
export async function keys(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const groups = new Map<string, Group>();
  const refused: Refused[] = [];
  const { instance, role, answer } = await askOne(input, signal, (client) =>
    scan(client, { budget: BUDGET, signal }, async (database, found) => {
      const read = await readEach(found, TOGETHER, (key) => factsOf(client, key));
      for (const fact of read.found) addTo(groups, database, fact);
      refused.push(...read.refused);
    }),
  );
  const sorted = [...groups.values()].sort((a, b) => b.keys - a.keys || a.prefix.localeCompare(b.prefix));
  return {
    columns: [
      'prefix',
      'keys',
      'types',
      'elements',
      'usedBytes',
      'withTtlShare',
      'shortestTtlS',
      'largestKey',
      'largestBytes',
    ],
    rows: sorted.slice(0, MOST_ROWS).map(rowOf),
    notes: [
      coverage(answer),
      ...refusedNote(refused),
      `read from ${instance.name} (${role}); sizes are the server's estimates`,
      ...(sorted.length > MOST_ROWS ? [`${sorted.length - MOST_ROWS} smaller groups are left out`] : []),
    ],
  };
}

export function coverage({ seen, total, isComplete }: Scanned): string {
  if (isComplete) return seen === 1 ? 'the only key' : `all ${seen} keys`;
  const share = total === 0 ? '' : `, ${Math.max(1, Math.round((seen / total) * 100))}%`;
  return `a sample: the first ${seen} of about ${total} keys${share}, in the server's own order`;
}

const SIZE_COMMANDS: Readonly<Record<string, string>> = {
  list: 'LLEN',
  set: 'SCARD',
  hash: 'HLEN',
  zset: 'ZCARD',
  stream: 'XLEN',
};

/** Undefined when the key is gone meanwhile. */
async function factsOf(client: RedisCaller, key: Buffer): Promise<KeyFacts | undefined> {
  const [type, ttlMs, bytes] = await Promise.all([
    client.call('TYPE', key),
    client.call('PTTL', key),
    client.call('MEMORY', 'USAGE', key, 'SAMPLES', SAMPLES),
  ]);
  if (type === 'none' || bytes === null) return undefined;
  const size = SIZE_COMMANDS[String(type)];
  const elements = size === undefined ? 1 : Number(await client.call(size, key));
  return { key, type: String(type), ttlMs: Number(ttlMs), bytes: Number(bytes), elements };
}

function addTo(groups: Map<string, Group>, database: number, { key, type, ttlMs, bytes, elements }: KeyFacts): void {
  const prefix = showKey(database, prefixOf(key));
  const group = groups.get(prefix) ?? emptyGroup(prefix);
  groups.set(prefix, group);
  group.types.add(type);
  group.keys += 1;
  group.elements += elements;
  group.usedBytes += bytes;
  if (bytes > group.largest.bytes) group.largest = { key, bytes };
  if (ttlMs < 0) return;
  group.withTtl += 1;
  group.shortestTtlMs = Math.min(ttlMs, group.shortestTtlMs ?? ttlMs);
}

function emptyGroup(prefix: string): Group {
  const largest = { key: Buffer.alloc(0), bytes: -1 };
  return {
    prefix,
    types: new Set(),
    keys: 0,
    elements: 0,
    usedBytes: 0,
    withTtl: 0,
    shortestTtlMs: undefined,
    largest,
  };
}

function rowOf(group: Group): readonly InspectCell[] {
  return [
    group.prefix,
    group.keys,
    [...group.types].toSorted().join(' '),
    group.elements,
    group.usedBytes,
    Math.round((group.withTtl / group.keys) * 1000) / 1000,
    group.shortestTtlMs === undefined ? null : Math.round(group.shortestTtlMs / 1000),
    showBytes(group.largest.key),
    group.largest.bytes,
  ];
}
