import { expect, test } from 'vitest';
import { composeFileValue } from '../../src/lib/quote.ts';
import { redactor } from '../../src/lib/redact.ts';
import { spellingsOf } from '../../src/smoke/spellings.ts';

test('secrets are taken out in every spelling, the longest first', () => {
  const hide = redactor(['hunter2', 'hunter2-and-more', 'p@ss "word"'], spellingsOf);
  expect(hide('requirepass hunter2')).toBe('requirepass [redacted]');
  expect(hide('hunter2-and-more')).toBe('[redacted]');
  expect(hide(`redis://:${encodeURIComponent('p@ss "word"')}@host`)).toBe('redis://:[redacted]@host');
  expect(hide(JSON.stringify({ password: 'p@ss "word"' }))).toBe('{"password":"[redacted]"}');
  const ofFile = "it's a $ign";
  expect(composeFileValue(ofFile)).not.toContain(ofFile);
  const shown = redactor([ofFile], spellingsOf)(`A=${composeFileValue(ofFile)}`);
  expect(shown).toMatch(/^A=(["'])\[redacted\]\1$/);
});

test('of a connection string the password alone is taken out too, as it is written there and as it is meant', () => {
  const hide = redactor(['postgres://me:p%40ssword@db:5432/shop'], spellingsOf);
  expect(hide('postgres://me:p%40ssword@db:5432/shop')).toBe('[redacted]');
  expect(hide('no login with p@ssword (p%40ssword)')).toBe('no login with [redacted] ([redacted])');
  expect(redactor(['redis://me:abc@db'], spellingsOf)('abc of abcdef')).toBe('abc of abcdef');
});

test('what is too short to be found for certain stays, and so does everything without secrets', () => {
  expect(redactor(['', 'abc'], spellingsOf)('abc of abcdef')).toBe('abc of abcdef');
  expect(redactor([], spellingsOf)('text')).toBe('text');
});
