import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { chunkSizes, cut, inputOf, read, readText } from './recordings.ts';

const csv = { format: 'csv' } as const;

/** As RFC 4180 has it; a value in quotation marks where it need not be, too. */
const written = (value: string, quoted: boolean): string =>
  quoted || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

const value = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', '\r\n', 'ü', '🙂', ' '), maxLength: 8 }),
  fc.string({ maxLength: 6 }),
);
const cell = fc.record({ value, quoted: fc.boolean() });

describe('a table', () => {
  it('is read as it was written, with any values, line breaks and chunks', async () => {
    const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
      fc.record({
        rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 5 }),
        lineBreak: fc.constantFrom('\n', '\r\n'),
        lastBreak: fc.boolean(),
        mark: fc.constantFrom('', '\uFEFF'),
        sizes: chunkSizes,
      }),
    );
    await fc.assert(
      fc.asyncProperty(table, async ({ rows, lineBreak, lastBreak, mark, sizes }) => {
        const names = ['at', ...(rows[0] ?? []).map((_, index) => `column ${index}`)];
        const lines = [
          names.join(','),
          ...rows.map((row, index) => [`${index}`, ...row.map((each) => written(each.value, each.quoted))].join(',')),
        ];
        const text = mark + lines.join(lineBreak) + (lastBreak ? lineBreak : '');
        const { items } = await read(inputOf(cut(Buffer.from(text), sizes), csv));
        expect(items.map(({ request }) => request.type === 'event' && Object.values(request.body))).toEqual(
          rows.map((row, index) => [`${index}`, ...row.map((each) => each.value)]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('has its instants in the first column that is named like one, or in the one that is asked for', async () => {
    const text = 'id,timestamp,ts\n1,1000,2026-01-01 00:00:00.25+00\n\n2,1001.5,2026-01-01T01:00:00.000001+01:00\n';
    const instants = async (timeField?: string) => (await readText(text, { timeField })).items.map(({ atMs }) => atMs);
    const start = Date.UTC(2026, 0, 1);
    expect(await instants()).toEqual([start + 250, start + 0.001]);
    expect(await instants('timestamp')).toEqual([1_000_000, 1_001_500]);
    expect((await readText(text)).items[1]).toEqual({
      ...{ line: 4, atMs: start + 0.001 },
      request: {
        type: 'event',
        body: { id: '2', timestamp: '1001.5', ts: '2026-01-01T01:00:00.000001+01:00' },
      },
    });
  });

  it('names the line in which a row begins', async () => {
    const { items } = await readText('at,text\n1,"a\n\nb"\n2,c\n', csv);
    expect(items.map(({ line }) => line)).toEqual([2, 5]);
  });
});

test.each([
  ['a,b\n1,2\n', 'standard input:1 has none of the columns at, ts, time, timestamp'],
  ['at;b\n1;2\n', 'standard input:1 has none of the columns'],
  ['at,at\n', 'standard input:1 at: names two columns'],
  ['at,\n', 'standard input:1 has a column without a name'],
  ['\n', 'standard input is empty: a first row must name the columns'],
  ['at,b\n1,2\n2\n', 'standard input:3 has 1 fields for 2 columns'],
  ['at,b\n1,2,3', 'standard input:2 has 3 fields for 2 columns'],
  ['at,b\nsoon,2\n', 'standard input:2 at: must be an instant'],
  ['at,b\n2026-01-01T00:00:00,2\n', 'standard input:2 at: must be an instant'],
  ['at,b\n,2\n', 'standard input:2 at: must be an instant'],
  ['at,b\n1,x"y"\n', 'standard input:2:4 has a quotation mark in a field that is not in quotation marks'],
  ['at,b\n1,"x"y\n', 'standard input:2:6 has something behind a closing quotation mark'],
  ['at,b\n1,"x\ny"z\n', 'standard input:3:3 has something behind a closing quotation mark'],
  ['at,b\n1,"x\n2,y\n', 'standard input:2 begins a field in quotation marks that the file never closes'],
  ['at,b\n1,"x\n2,y', 'standard input:2 begins a field in quotation marks that the file never closes'],
])('%j is a mistake', async (text, message) => {
  await expect(readText(text, csv)).rejects.toMatchObject({
    code: 'E_RECORDING_INVALID',
    message: expect.stringContaining(message),
  });
});

test.each(['at,b\n1,2\n2', 'at,b\n1,2\n2,"x', 'at,b\n1,2\n2026-0', 'at,b\n1,2\n2026-01-01T00:00:0,'])(
  'the last row of %j was cut off, which is counted',
  async (text) => {
    const { items, cutOffLines } = await readText(text, csv);
    expect([items.length, cutOffLines]).toEqual([1, 1]);
  },
);

test('a row that goes on over many lines has a limit', async () => {
  const text = `at,b\n1,"${'x\n'.repeat(100)}"\n`;
  await expect(readText(text, { ...csv, longestBytes: 50 })).rejects.toThrow(
    'standard input:2 begins a row longer than',
  );
});
