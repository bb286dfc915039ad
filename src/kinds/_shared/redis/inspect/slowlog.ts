import { showWord } from '../../../../clients/redis/bytes.ts';
import type { InspectCell, InspectResult } from '../../../../stack/contract/inspect.ts';
import { askEach, type Input } from './servers.ts';

const ENTRIES = 128;
const SHOWN = 20;
const LONGEST_COMMAND = 200;

type Entry = readonly [id: number, unixS: number, durationUs: number, words: readonly Buffer[], client?: Buffer];

/** The slowest first, of the last 128 that each server remembers. */
export async function slowlog(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const { answers, notes } = await askEach(input, signal, async (client) => {
    return (await client.callBuffer('SLOWLOG', 'GET', ENTRIES)) as readonly Entry[];
  });
  const rows = answers
    .flatMap(({ instance, answer }) => answer.map((entry) => rowOf(instance.name, entry)))
    .sort((a, b) => Number(b[2]) - Number(a[2]));
  return {
    columns: ['instance', 'at', 'durationUs', 'command', 'client'],
    rows: rows.slice(0, SHOWN),
    notes: [...notes, ...(rows.length > SHOWN ? [`the slowest ${SHOWN} of ${rows.length}`] : [])],
  };
}

function rowOf(instance: string, [, unixS, durationUs, words, client]: Entry): readonly InspectCell[] {
  const command = words.map(showWord).join(' ');
  const shown = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command;
  return [
    instance,
    new Date(unixS * 1000).toISOString(),
    durationUs,
    shown,
    client === undefined ? null : String(client),
  ];
}
