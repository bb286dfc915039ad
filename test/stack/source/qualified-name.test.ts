import fc from 'fast-check';
import { expect, test } from 'vitest';
import { whatIsThere, whichAreThere } from '../../../src/stack/source/near-names.ts';
import { parseName, writeName } from '../../../src/stack/source/qualified-name.ts';

test.each([
  ['orders', ['orders']],
  ['Order', ['Order']],
  ['sales.Order', ['sales', 'Order']],
  ['"sales"."Order"', ['sales', 'Order']],
  ['"sales.Order"', ['sales.Order']],
  ['sales."5"" disk"', ['sales', '5" disk']],
  ['order items', ['order items']],
  ['bestellungen-ü', ['bestellungen-ü']],
  ['select', ['select']],
  ["it's", ["it's"]],
  ['x; drop table y', ['x; drop table y']],
])('%s', (text, parts) => {
  expect(parseName(text, 2)).toEqual({ parts });
});

test.each([
  ['', /must be a name/],
  ['.', /must be a name/],
  ['a.', /must be a name/],
  ['.a', /must be a name/],
  ['a..b', /must be a name/],
  ['"a', /must be a name/],
  ['""', /must be a name/],
  ['a"b"', /behind a closing|must be a name|no dot/],
  ['"a"b', /no dot/],
  ['a.b.c', /has 3 parts and may have 2/],
  ['a\0b', /must be a name|no dot/],
])('%j is no name', (text, problem) => {
  expect(parseName(text, 2)).toEqual({ problem: expect.stringMatching(problem) });
});

test('what is written from parts is read as these parts', () => {
  const part = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 2 }), (parts) => {
      expect(parseName(writeName(parts), 2)).toEqual({ parts });
    }),
  );
});

test.each([
  [['Order'], [['order'], ['users']], 'did you mean order?'],
  [['order'], [['Order'], ['orders'], ['users']], 'did you mean Order or orders?'],
  [['Order'], [['sales', 'Order']], 'did you mean sales.Order?'],
  [['sales', 'Order'], [['sales.Order']], `did you mean '"sales.Order"'?`],
  [['orders'], [['users'], ['items']], 'there is users, items'],
  [['orders'], [], 'there is none at all'],
] as const)('%j beside %j', (written, there, text) => {
  expect(whatIsThere(written, there)).toBe(text);
});

test('names without parts are written as they are, dots and all', () => {
  expect(whichAreThere('mail.Events', ['mail.events', 'other'])).toBe('did you mean mail.events?');
  expect(whichAreThere('orders', ['mail.events', 'users'])).toBe('there is mail.events, users');
});
