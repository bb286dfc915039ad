import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { keyPaths } from '../../src/stack/source/schema-keys.ts';
import { parseYaml } from '../../src/stack/source/yaml-source.ts';
import { mistakesIn } from '../../src/stack/source/zod-problems.ts';
import { checkDraws } from '../../src/traffic/check-draws.ts';
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

test('every profile that it shows has the shape of one', async () => {
  const blocks = [...(await readFile(DOCS, 'utf8')).matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
  const profiles = blocks.filter((yaml) => yaml.startsWith('profile:'));
  expect(profiles.length).toBeGreaterThanOrEqual(3);
  for (const yaml of profiles) expect(mistakesIn(profileSchema, parseYaml(yaml, 'docs/traffic.md').value)).toEqual([]);
});

test('every example of draws in it has no mistake', async () => {
  const blocks = [...(await readFile(DOCS, 'utf8')).matchAll(/```yaml\n(draw:\n[\s\S]*?)```/g)];
  for (const [, yaml = ''] of blocks) {
    const { draw } = profileSchema.pick({ draw: true }).parse(parseYaml(yaml, 'docs/traffic.md').value);
    expect(checkDraws(draw), yaml).toEqual([]);
  }
  expect(blocks.length).toBeGreaterThanOrEqual(5);
});
