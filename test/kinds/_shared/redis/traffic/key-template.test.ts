import { describe, expect, test } from 'vitest';
import { parseKeyTemplate } from '../../../../../src/kinds/_shared/redis/traffic/key-template.ts';

const runId = 'a1b2c3d4-e5f6';
const event = (body: object) => ({ sequence: 0, id: '', body: { ...body } });
const written = (text: string) => parseKeyTemplate(text, { runId, stars: false });
const read = (text: string) => parseKeyTemplate(text, { runId, stars: true });

describe('a key to write to', () => {
  test.each([
    ['jobs', 'jobs', 'jobs'],
    ['orders:{run}', `orders:${runId}`, `orders:${runId}`],
    ['cart:{customer}', undefined, 'cart:ada'],
    ['{size}/{isNew}', undefined, '3/true'],
    ['room:\\{{customer}\\}:ops', undefined, 'room:{ada}:ops'],
    ['a*b{*}', 'a*b{*}', 'a*b{*}'],
    ['\\*\\\\{customer}', undefined, '*\\ada'],
    ['back\\slash', 'back\\slash', 'back\\slash'],
  ])('%s', (text, fixed, filled) => {
    const template = written(text);
    expect(template.fixed).toBe(fixed);
    expect(template.fill(event({ customer: 'ada', size: 3, isNew: true }))).toBe(filled);
    expect(read(text.replace('a*b{*}', 'a\\*b{\\*}')).matches(filled)).toBe(true);
  });

  test('needs the fields that it is made of', () => {
    expect(written('{a}:{b}').fields).toEqual(['a', 'b']);
    expect(() => written('cart:{customer}').fill(event({}))).toThrow(
      'the body has no customer, which its key is made of',
    );
  });
});

test.each([
  ['cart:*', 'cart:ada', 'carts:ada', 'cart:*'],
  ['room:{*}:ops', 'room:{7}:ops', 'room:7:ops', 'room:{*}:ops'],
  ['cart:{customer}:{day}', 'cart:ada:1', 'cart:ada', 'cart:*:*'],
  ['a.b', 'a.b', 'axb', 'a.b'],
  ['a[1]?*', 'a[1]?\n', 'a1x', 'a\\[1\\]\\?*'],
  ['only', 'only', 'only2', 'only'],
])('a store that reads %s finds %s and not %s', (text, own, other, glob) => {
  const template = read(text);
  expect([template.matches(own), template.matches(other), template.glob]).toEqual([true, false, glob]);
});
