import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, createColumn, createNumberSet, doubles } from '../../src/lib/columns.ts';
import { createTextTable } from '../../src/lib/text-table.ts';

test('texts are numbered in the order in which they come, each once', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 200 }), (texts) => {
      const table = createTextTable();
      const known = new Map<string, number>();
      for (const text of texts) {
        expect(table.find(text)).toBe(known.get(text) ?? -1);
        if (!known.has(text)) known.set(text, known.size);
        expect(table.add(text)).toBe(known.get(text));
      }
      expect(Array.from({ length: table.size }, (_, number) => table.textAt(number))).toEqual([...known.keys()]);
    }),
  );
});

test('many texts, and long ones, keep their numbers', () => {
  const table = createTextTable();
  const long = 'ä'.repeat(300_000);
  const texts = Array.from({ length: 50_000 }, (_, index) => `order:${index}`);
  expect(texts.map((text) => table.add(text))).toEqual(texts.map((_, index) => index));
  expect([table.add(long), table.add('after'), table.find(`${long}ä`), table.find(long)]).toEqual([
    50_000, 50_001, -1, 50_000,
  ]);
  expect([table.textAt(50_000) === long, table.textAt(50_001), table.textAt(49_999)]).toEqual([
    true,
    'after',
    'order:49999',
  ]);
  expect(texts.every((text, index) => table.find(text) === index)).toBe(true);
});

test('halves of surrogate pairs are one and the same text, as for a server', () => {
  const table = createTextTable();
  expect([table.add('a\ud83c'), table.add('a\udfb2'), table.textAt(0)]).toEqual([0, 0, 'a\ufffd']);
});

test('columns hold what was put into them, across their parts', () => {
  const [numbers, small] = [createColumn(doubles), createColumn(bytes)];
  for (let index = 0; index < 40_000; index++) {
    numbers.push(index / 3);
    small.push(index % 200);
  }
  numbers.set(20_000, Number.POSITIVE_INFINITY);
  expect([numbers.length, numbers.at(39_999), numbers.at(20_000), numbers.at(40_000)]).toEqual([
    40_000,
    13_333,
    Infinity,
    0,
  ]);
  expect([small.at(16_384), small.at(39_999)]).toEqual([16_384 % 200, 39_999 % 200]);
});

test('a set of numbers has each once, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100_000 })), (all) => {
      const set = createNumberSet();
      for (const number of all) set.add(number);
      const sorted = [...new Set(all)].toSorted((a, b) => a - b);
      expect([[...set], set.size]).toEqual([sorted, sorted.length]);
      expect(all.every((number) => set.has(number)) && !set.has(100_001)).toBe(true);
    }),
  );
});
