import { expect, test } from 'vitest';
import { isImageName } from '../../../src/stack/values/image-name.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

test.each([
  'redis',
  'redis:7-alpine',
  'library/redis',
  'a__b/c.d-e/f:V1_x.y',
  'localhost/redis',
  'localhost:5000/redis',
  'Registry.Example:5000/team/redis:7',
  '[::1]:5000/redis',
  `redis:7@${DIGEST}`,
  DIGEST,
])('%s names an image', (text) => {
  expect(isImageName(text)).toBe(true);
});

test.each([
  '',
  'UPPER/x',
  'Redis',
  'redis 7',
  'redis:',
  'redis:-7',
  '/redis',
  'redis/',
  'a//b',
  'a___b',
  '-redis',
  'redis@sha256:abc',
  'http://x/redis',
  `redis:${'x'.repeat(129)}`,
])('%j names none', (text) => {
  expect(isImageName(text)).toBe(false);
});
