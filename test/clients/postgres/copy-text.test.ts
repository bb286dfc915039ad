import { expect, it } from 'vitest';
import { copyRow, copyRows } from '../../../src/clients/postgres/copy-text.ts';
import type { TrafficEvent } from '../../../src/stack/contract/traffic-event.ts';

it.each<readonly [string, readonly unknown[], string]>([
  ['what is not there as NULL', [null, undefined, ''], '\\N\t\\N\t\n'],
  ['a text that looks like NULL as a text', ['\\N'], '\\\\N\n'],
  ['what would end a column or a row', ['a\tb', 'c\nd\re', '\\.'], 'a\\tb\tc\\nd\\re\t\\\\.\n'],
  ['numbers and truth values', [0, -1.5, 1e21, true, false], '0\t-1.5\t1e+21\ttrue\tfalse\n'],
  ['anything else as JSON', [{ a: 'x\ty' }, [1, 'z']], '{"a":"x\\\\ty"}\t[1,"z"]\n'],
])('writes %s', (_, values, line) => {
  expect(copyRow(values)).toBe(line);
});

it('writes special characters in every row', () => {
  expect([1, 2, 3].map(() => copyRow(['a\tb']))).toEqual(['a\\tb\n', 'a\\tb\n', 'a\\tb\n']);
});

it('writes a row for each event, the same whether its texts have to be looked at or not', () => {
  const body = { id: 'a-1', at: 7, isNew: true, none: null, details: { page: '/p/1', tags: ['x'] } };
  const fields = ['details', 'id', 'none', 'absent', 'at', 'isNew'];
  const event: TrafficEvent = { sequence: 0, id: 'a-1', body };
  const row = '{"page":"/p/1","tags":["x"]}\ta-1\t\\N\t\\N\t7\ttrue\n';
  expect(copyRows([event, { ...event, isPlain: true }], fields, 0).toString()).toBe(row + row);
  const special = { ...event, body: { ...body, id: 'a\t1' } };
  expect(copyRows([special], ['id', 'at'], 0).toString()).toBe('a\\t1\t7\n');
});
