import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { errorText, errorTrace, systemCode } from '../../src/errors.ts';

it('knows an error of another context, as those of Node.js are within a test runner that makes one', () => {
  const error = runInNewContext(`Object.assign(new Error('no such file'), { code: 'ENOENT' })`);
  expect(error).not.toBeInstanceOf(Error);
  expect(systemCode(error)).toBe('ENOENT');
  expect(errorText(error)).toBe('no such file');
  expect(errorTrace(error)).toContain('no such file\n');
});

it('takes nothing else for one', () => {
  const other = { code: 'ENOENT', message: 'no error' };
  expect(systemCode(other)).toBeUndefined();
  expect(errorText('a text')).toBe('a text');
});
