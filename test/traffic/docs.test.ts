import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { keyPaths } from '../../src/stack/source/schema-keys.ts';
import { parseYaml } from '../../src/stack/source/yaml-source.ts';
import { mistakesIn } from '../../src/stack/source/zod-problems.ts';
import { RULE_NAMES } from '../../src/traffic/profile-draw.ts';
import { profileSchema } from '../../src/traffic/profile-schema.ts';

const DOCS = new URL('../../docs/traffic.md', import.meta.url);

test('docs/traffic.md has every key of a profile and every draw', async () => {
  const text = await readFile(DOCS, 'utf8');
  const { draw: _, ...rest } = profileSchema.shape;
  const keys = Object.entries(rest).flatMap(([key, schema]) => [
    key,
    ...keyPaths(schema).flatMap((path) => path.split('.')),
  ]);
  const missing = [...new Set([...keys, ...RULE_NAMES])].filter(
    (key) => key !== '*' && !new RegExp(`\\b${key}:`).test(text),
  );
  expect(missing).toEqual([]);
});

test('the profile that it shows has the shape of one', async () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(await readFile(DOCS, 'utf8')) ?? [];
  expect(mistakesIn(profileSchema, parseYaml(yaml, 'docs/traffic.md').value)).toEqual([]);
});
