import { expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { shownLog } from '../../../src/stack/derived/shown-log.ts';

const value = (name: string, text: string | Secret) => ({
  ...{ name, type: 'secret' as const, description: '', origin: 'given', value: text },
});

test('log lines in an error show no secret of the stack, the longest first', () => {
  const values = [value('a', new Secret('s3cr$&')), value('b', new Secret('s3cr$&-more')), value('c', 'open')];
  const lines = ['login s3cr$& failed for s3cr$&-more', 'open', 'nothing'];
  expect(shownLog(lines, { values })).toEqual(['login [redacted] failed for [redacted]', 'open', 'nothing']);
});

test('a secret of three characters or none hides nothing', () => {
  const values = [value('a', new Secret('')), value('b', new Secret('abc'))];
  expect(shownLog(['abcdef'], { values })).toEqual(['abcdef']);
});

test('of a line that Redis quotes from its configuration, only the directive is shown', () => {
  const lines = ['Reading the configuration file, at line 2', `>>> 'requirepas "literal"'`, `| >>> 'user a >literal'`];
  expect(shownLog(lines, { values: [] })).toEqual([lines[0], ">>> 'requirepas …'", "| >>> 'user …'"]);
});
