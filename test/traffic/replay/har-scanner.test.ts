import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createEntryScanner, type ScannedEntry, type ScanRules } from '../../../src/traffic/replay/har-scanner.ts';
import { chunkSizes, cut } from './recordings.ts';

function scan(
  text: string,
  sizes: readonly number[] = [1000],
  rules: Partial<ScanRules> = {},
): readonly ScannedEntry[] {
  const refuse = (line: number, message: string) => new Error(`${line} ${message}`);
  const scanner = createEntryScanner({ skip: [], longestBytes: 1_000_000, refuse, ...rules });
  const found = cut(Buffer.from(text), sizes).flatMap((chunk) => scanner.push(chunk));
  scanner.end();
  return found;
}

const values = (entries: readonly ScannedEntry[]): unknown[] =>
  entries.map(({ bytes }): unknown => JSON.parse(bytes.toString('utf8')));

/** Keys that lead to entries, in places where they do not; what structure is made of, inside of text. */
const text = fc.oneof(
  fc.constantFrom('log', 'entries', 'request', 'response', '', '\\', '"', '{"', ']}', '\u2028', 'ü🙂', '\n'),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, true, -1.5e-7, 0), text),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(text, tie('tree'), { maxKeys: 4 }),
  ),
}));
const others = fc.dictionary(
  text.filter((key) => key !== 'log' && key !== 'entries'),
  tree,
  { maxKeys: 3 },
);

/** A document, each object with its other keys before or behind the one that counts. */
const document = fc
  .record({ entries: fc.array(tree, { maxLength: 5 }), inLog: others, around: others, before: fc.boolean() })
  .map(({ entries, inLog, around, before }) => {
    const log = before ? { ...inLog, entries } : { entries, ...inLog };
    return before ? { ...around, log } : { log, ...around };
  });

/** Any character of a text may be written as an escape. */
function withEscapes(json: string): string {
  const escapeOf = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, (literal) => literal.replaceAll(/[lgs]|[\u0080-\uffff]/g, escapeOf));
}

const layout = fc.record({ indent: fc.constantFrom(undefined, 1, '\t', '\r\n'), escapes: fc.boolean() });

function write(value: unknown, { indent, escapes }: { indent: string | number | undefined; escapes: boolean }): string {
  const json = JSON.stringify(value, undefined, indent);
  return escapes ? withEscapes(json) : json;
}

describe('the scanner', () => {
  it('finds what JSON.parse finds, in any document and with any chunks', () => {
    fc.assert(
      fc.property(document, layout, chunkSizes, (value, as, sizes) => {
        expect(values(scan(write(value, as), sizes))).toEqual(JSON.parse(JSON.stringify(value.log.entries)));
      }),
      { numRuns: 500 },
    );
  });

  it('reads an entry without the keys that are skipped, and their values not at all', () => {
    const entries = fc.array(fc.dictionary(text, tree, { maxKeys: 5 }), { maxLength: 4 });
    fc.assert(
      fc.property(entries, layout, chunkSizes, (all, as, sizes) => {
        const expected = all.map((entry) =>
          Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, key === 'response' ? null : value])),
        );
        const found = scan(write({ log: { entries: all } }, as), sizes, { skip: ['response'] });
        expect(values(found)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
      { numRuns: 300 },
    );
  });

  it('says in which line an entry begins', () => {
    const found = scan('{"log": {\n"pages": [\n"a\\"]"], "entries": [\n\n {\n}, 1\n,\n"x"]}}\n');
    expect(found.map(({ line }) => line)).toEqual([5, 6, 8]);
  });

  it('counts the bytes of an entry without what is skipped', () => {
    const document = JSON.stringify({
      log: { entries: [{ response: 'x'.repeat(5000), url: '/' }, { url: 'x'.repeat(60) }] },
    });
    const rules = { skip: ['response'], longestBytes: 70 };
    expect(scan(document, [7], rules)).toHaveLength(2);
    expect(() => scan(document, [7], { ...rules, longestBytes: 69 })).toThrow('1 begins an entry longer than 69 bytes');
  });
});

test.each([
  ['', 1, 'the document is not complete'],
  ['{"log":{"entries":[{}', 1, 'the document is not complete'],
  ['{"log":\n{"entries":["', 2, 'the document is not complete'],
  ['{"log":{"entries":[\n{"a":\n1', 3, 'the document is not complete'],
  ['{"log":{"entries":[\n{"a":\n1},\n{"a"', 4, 'the document is not complete'],
  ['{"log":{"entries":[\n{},{"a"', 2, 'the document is not complete'],
  ['{"log":{"entries":[\n{}\n],"x"', 3, 'the document is not complete'],
  ['[]', 1, 'without a list log.entries'],
  ['{}', 1, 'without a list log.entries'],
  ['{"log":[{"entries":[]}]}', 1, 'without a list log.entries'],
  ['{"log":{"entries":{"entries":[1]}}}', 1, 'without a list log.entries'],
  ['{"log":{"pages":{"entries":[1]}},"entries":[2]}', 1, 'without a list log.entries'],
  ['{"a":{"log":{"entries":[1]}}}', 1, 'without a list log.entries'],
  ['{"log":{"entries":[1]}}\n{}', 2, 'has something behind the end of the document'],
  ['{"log":{"entries":[1]}} x', 1, 'has something behind the end of the document'],
  ['{"log":{"entries":[1]]}', 1, 'has a bracket that closes nothing'],
  ['{"log":{"entries":[\n{]}}', 2, 'has a bracket that closes nothing'],
  ['}', 1, 'has a bracket that closes nothing'],
  ['{"log":{"entries":[1,\n]}}', 2, 'has a comma without an entry'],
  ['{"log":{"entries":[,1]}}', 1, 'has a comma without an entry'],
  [`{"log":{"entries":[${'['.repeat(2000)}`, 1, 'is nested deeper than 1000 levels'],
])('%j is refused', (document, line, message) => {
  expect(() => scan(document)).toThrow(new RegExp(`^${line} .*${message}`));
});

test('an entry that is no JSON is left to its reader', () => {
  expect(scan('{"log":{"entries":[ tru ,{"a" 1}]}}').map(({ bytes }) => bytes.toString())).toEqual([
    ' tru ',
    '{"a" 1}',
  ]);
});
