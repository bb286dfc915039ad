import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endOfObject, type JsonForm } from '../../../packages/service-kit/src/json-bytes.ts';

/** Whether the bytes are one object of this form, with other bytes before and behind it. */
function isRead(text: string | Uint8Array, form: JsonForm): boolean {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const all = Buffer.concat([Buffer.from('"{'), bytes, Buffer.from('}],"{}')]);
  const end = endOfObject(all, 2, 2 + bytes.length, form);
  expect(endOfObject(bytes, 0, bytes.length, form)).toBe(end === -1 ? -1 : end - 2);
  return end === 2 + bytes.length;
}

function parsed(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const key = fc.oneof(fc.constantFrom('a', 'b', '1', 'ä', '__proto__', ''), fc.string({ unit: 'binary', maxLength: 4 }));
const anyValue = fc.jsonValue({ maxDepth: 3 });
const object = fc.dictionary(key, anyValue, { maxKeys: 4 });
const indent = fc.constantFrom(undefined, 1, '\t');

test('JSON.stringify of any object is read, whatever its white space', () => {
  fc.assert(
    fc.property(object, indent, (value, space) => {
      expect(isRead(JSON.stringify(value, undefined, space), 'any')).toBe(true);
    }),
  );
});

test('what is read is an object for JSON.parse, and nothing that it takes is missed, wherever a character is another one', () => {
  const character = fc.constantFrom(...'{}[]",:\\ \n\t\u0001ux0123456789eE+-.tfnaä\u007f');
  const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.array(character, { maxLength: 2 }));
  fc.assert(
    fc.property(object, indent, fc.array(change, { maxLength: 2 }), (value, space, changes) => {
      const characters = [...JSON.stringify(value, undefined, space)];
      for (const [at, removed, added] of changes) characters.splice(at % characters.length, removed, ...added);
      // A text does not begin or end with white space here.
      const text = characters.join('').trim();
      expect(isRead(text, 'any')).toBe(isObject(parsed(text)));
      if (isRead(text, 'compact')) expect(JSON.stringify(parsed(text))).toBe(text);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  '{}',
  '{"a":1}',
  '{"a":-1.5,"b":[true,false,null,{"a":[]}],"c":{"a":"ä€😀"}}',
  '{"a":0.000001,"b":123456789012345,"c":0,"d":1234567.12345678}',
])('%s is compact', (text) => {
  expect(isRead(text, 'compact')).toBe(true);
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
});

test.each([
  ['white space', '{ "a":1}'],
  ['a key twice', '{"a":1,"b":2,"a":3}'],
  ['a key twice, further in', '{"a":[{"b":1,"b":1}]}'],
  ['a key that JavaScript moves', '{"b":1,"1":2}'],
  ['an escape', '{"a":"\\u0041"}'],
  ['an exponent', '{"a":1e3}'],
  ['a zero at the end', '{"a":1.50}'],
  ['a negative zero', '{"a":-0}'],
  ['more digits than a double has', '{"a":12345678901234567890}'],
  ['a small number', '{"a":0.0000001}'],
])('%s is not compact, and is JSON', (_, text) => {
  expect(isRead(text, 'compact')).toBe(false);
  expect(isRead(text, 'any')).toBe(true);
});

test.each([
  ['nothing', ''],
  ['a text', '"a"'],
  ['a list', '[]'],
  ['cut off', '{"a":"b'],
  ['cut off behind a backslash', '{"a":"b\\'],
  ['a second one', '{}{}'],
  ['a comma too many', '{"a":1,}'],
  ['a raw line break in a text', '{"a":"\n"}'],
  ['an escape that there is not', '{"a":"\\x"}'],
  ['half of an escape', '{"a":"\\u12"}'],
  ['a zero before a number', '{"a":01}'],
  ['a point without a digit', '{"a":1.}'],
  ['a wrong word', '{"a":nul}'],
])('%s is not read', (_, text) => {
  expect(isRead(text, 'any')).toBe(false);
  expect(isRead(text, 'compact')).toBe(false);
});

test('a text that is no UTF-8 is not read', () => {
  for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]]) {
    const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(wrong), Buffer.from('"}')]);
    expect([isRead(bytes, 'any'), isRead(bytes, 'compact')]).toEqual([false, false]);
  }
});

test('a huge object is read, and one that is nested too deeply is left to JSON.parse', () => {
  expect(isRead(JSON.stringify({ a: 'x'.repeat(5_000_000), b: Array.from({ length: 100_000 }, () => 1) }), 'any')).toBe(
    true,
  );
  const nested = (depth: number) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(isRead(nested(63), 'any')).toBe(true);
  expect(isRead(nested(64), 'any')).toBe(false);
  expect(isRead(nested(1_000_000), 'any')).toBe(false);
});
