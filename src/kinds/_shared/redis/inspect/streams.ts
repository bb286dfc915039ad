import { showBytes, showKey } from '../../../../clients/redis/bytes.ts';
import type { RedisCaller } from '../../../../clients/redis/read-only.ts';
import type { InspectCell, InspectResult } from '../../../../stack/contract/inspect.ts';
import { coverage } from './keys.ts';
import { BUDGET, type Refused, readEach, refusedNote, scan } from './scan.ts';
import { askOne, fieldsOf, type Input } from './servers.ts';

const MOST_ROWS = 50;

/** A row for each consumer group, and one for a stream without any. */
export async function streams(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const rows: (readonly InspectCell[])[] = [];
  const refused: Refused[] = [];
  const { instance, role, answer } = await askOne(input, signal, (client) =>
    scan(client, { budget: BUDGET, signal, type: 'stream' }, async (database, keys) => {
      const read = await readEach(keys, 1, (key) => rowsOf(client, database, key));
      rows.push(...read.found.flat());
      refused.push(...read.refused);
    }),
  );
  const sorted = rows.sort((a, b) => waiting(b) - waiting(a) || Number(b[1]) - Number(a[1]));
  return {
    columns: ['stream', 'entries', 'everAdded', 'lastId', 'group', 'consumers', 'pending', 'lag'],
    rows: sorted.slice(0, MOST_ROWS),
    notes: [
      ...(answer.isComplete ? [] : [`not all keys were looked at: ${coverage(answer)}`]),
      ...refusedNote(refused),
      ...(sorted.length > MOST_ROWS ? [`${sorted.length - MOST_ROWS} smaller ones are left out`] : []),
      `read from ${instance.name} (${role}); lag is empty where the server does not know it`,
    ],
  };
}

/** How many entries a group has not finished; -1 for a stream without a group. */
function waiting([, , , , group, , pending, lag]: readonly InspectCell[]): number {
  return group === null ? -1 : Number(pending) + Number(lag);
}

async function rowsOf(
  client: RedisCaller,
  database: number,
  key: Buffer,
): Promise<readonly (readonly InspectCell[])[]> {
  const stream = fieldsOf(await client.callBuffer('XINFO', 'STREAM', key));
  const groups = ((await client.callBuffer('XINFO', 'GROUPS', key)) as readonly unknown[]).map(fieldsOf);
  const own = [
    showKey(database, key),
    cell(stream.get('length')),
    cell(stream.get('entries-added')),
    cell(stream.get('last-generated-id')),
  ];
  if (groups.length === 0) return [[...own, null, null, null, null]];
  return groups.map((group) => [
    ...own,
    cell(group.get('name')),
    cell(group.get('consumers')),
    cell(group.get('pending')),
    cell(group.get('lag')),
  ]);
}

/** Older servers leave fields out. */
function cell(value: unknown): InspectCell {
  if (Buffer.isBuffer(value)) return showBytes(value);
  return typeof value === 'number' ? value : null;
}
