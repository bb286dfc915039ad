// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files look like this
import { expect, test } from 'vitest';
import { interpolate } from '../../src/adopt/read/interpolate.ts';

const VARIABLES: Readonly<Record<string, string>> = { SET: 'set', EMPTY: '', N: '2' };
const fill = (text: string) => interpolate(text, (name) => VARIABLES[name]);

test.each([
  ['plain', 'plain'],
  ['$SET and ${SET}', 'set and set'],
  ['$$SET $$$SET $${SET}', '$SET $set ${SET}'],
  ['${MISSING:-a}${EMPTY:-b}${SET:-c}', 'abset'],
  ['${MISSING-a}${EMPTY-b}${SET-c}', 'aset'],
  ['${SET:+x}${EMPTY:+y}${MISSING:+z}', 'x'],
  ['${SET+x}${EMPTY+y}${MISSING+z}', 'xy'],
  ['${SET:?no}${EMPTY?no}', 'set'],
  ['${MISSING:-${EMPTY:-${SET}}}!', 'set!'],
  ['${MISSING:-a:b/c?d}', 'a:b/c?d'],
  ['${MISSING:-}', ''],
  ['$SET-$N.$N', 'set-2.2'],
])('%s', (text, filled) => {
  expect(fill(text)).toEqual({ text: filled, missing: [] });
});

test('a variable that is not set is empty, and is named; one that is not used is not', () => {
  expect(fill('a${MISSING}b$OTHER')).toEqual({ text: 'ab', missing: ['MISSING', 'OTHER'] });
  expect(fill('${SET:-${MISSING}}')).toEqual({ text: 'set', missing: [] });
  expect(fill('${EMPTY:-${MISSING}}')).toEqual({ text: '', missing: ['MISSING'] });
});

test.each([
  ['${MISSING:?say it}', 'the variable MISSING is not set: say it'],
  ['${EMPTY:?}', 'the variable EMPTY is not set'],
  ['${SET', 'what follows ${SET is no operator; write $$ for a $ that is text'],
  ['${SET:-a', 'a ${ is not closed; write $$ for a $ that is text'],
  ['${SET!a}', 'what follows ${SET is no operator; write $$ for a $ that is text'],
  ['costs $5', 'no name follows the $; write $$ for a $ that is text'],
  ['${}', 'no name follows the ${; write $$ for a $ that is text'],
])('%s is refused', (text, fault) => {
  expect(fill(text)).toEqual({ fault });
});
