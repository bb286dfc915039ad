import type { InspectCell, InspectResult } from '../../../../stack/contract/inspect.ts';
import { askEach, type Input } from './servers.ts';

const SHOWN = 50;

/** Those that wait for most output first, then the longest connected. */
export async function clients(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const { answers, notes } = await askEach(input, signal, async (client) =>
    parse(String(await client.call('CLIENT', 'LIST'))),
  );
  const rows = answers
    .flatMap(({ instance, answer }) => answer.map((fields) => rowOf(instance.name, fields)))
    .sort((a, b) => Number(b[7]) - Number(a[7]) || Number(b[3]) - Number(a[3]));
  return {
    columns: ['instance', 'address', 'name', 'ageS', 'idleS', 'command', 'subscriptions', 'outputBytes', 'flags'],
    rows: rows.slice(0, SHOWN),
    notes: [...notes, ...(rows.length > SHOWN ? [`${SHOWN} of ${rows.length} connections`] : [])],
  };
}

type Fields = ReadonlyMap<string, string>;

/** A line for each connection: `id=3 addr=127.0.0.1:5000 name= age=7 …`. */
function parse(text: string): readonly Fields[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const pairs = line.split(' ').map((pair): [string, string] => {
        const equals = pair.indexOf('=');
        return [pair.slice(0, equals), pair.slice(equals + 1)];
      });
      return new Map(pairs);
    });
}

function rowOf(instance: string, fields: Fields): readonly InspectCell[] {
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return [
    instance,
    fields.get('addr') ?? null,
    fields.get('name') || null,
    number('age'),
    number('idle'),
    fields.get('cmd') ?? null,
    number('sub') + number('psub') + number('ssub'),
    number('omem'),
    fields.get('flags') ?? null,
  ];
}
