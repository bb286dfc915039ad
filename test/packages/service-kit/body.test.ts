import { expect, test } from 'vitest';
import { z } from 'zod';
import { checked } from '../../../packages/service-kit/src/body.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  count: z.number().int().min(1).optional(),
  tags: z.array(z.string()).max(1).optional(),
  mode: z.enum(['fast', 'slow'], { error: 'own words' }).optional(),
  side: z.enum(['left', 'right']).optional(),
});

test.each([
  [{}, 'name', 'is missing'],
  [{ name: 5 }, 'name', 'must be text'],
  [{ name: '' }, 'name', 'must have at least 1 characters'],
  [{ name: 'four' }, 'name', 'must have at most 3 characters'],
  [{ name: 'a', count: 'x' }, 'count', 'must be a number'],
  [{ name: 'a', count: 1.5 }, 'count', 'must be a whole number'],
  [{ name: 'a', count: 0 }, 'count', 'must be at least 1'],
  [{ name: 'a', tags: ['b', 'c'] }, 'tags', 'must have at most 1 items'],
  [{ name: 'a', mode: 'x' }, 'mode', 'own words'],
  [{ name: 'a', side: 'x' }, 'side', 'must be left or right'],
  [{ name: 'a', nmae: 'b' }, undefined, 'no such field: nmae'],
])('%j: %s %s', (value, field, message) => {
  expect(() => checked(schema, value)).toThrow(expect.objectContaining({ status: 400, field, message }));
});
