import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { profileSchema } from '../../src/traffic/profile-schema.ts';

const FILE = fileURLToPath(new URL('../../docs/traffic.schema.json', import.meta.url));

/** For editors, which complete and check a profile while it is written. Written with `UPDATE_GOLDEN=1`. */
test('docs/traffic.schema.json is the schema of a profile as it is written', async () => {
  const schema = z.toJSONSchema(profileSchema, { io: 'input', unrepresentable: 'any' });
  const text = `${JSON.stringify({ title: 'A traffic profile of stackctl', ...schema }, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(FILE, text);
  expect(text).toBe(await readFile(FILE, 'utf8'));
  const { properties } = schema as { readonly properties: Readonly<Record<string, unknown>> };
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(['profile', 'send', 'stores', 'draw', 'body']));
});
