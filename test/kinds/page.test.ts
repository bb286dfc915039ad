import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindNames, loadKind } from '../../src/stack/contract/plugins.ts';
import { stackSpec } from '../../src/stack/load/spec.ts';
import { schemaOf } from '../support/json-schemas.ts';
import { kindsPage } from '../support/kinds-page.ts';

const PAGE = 'docs/kinds.md';

test('docs/kinds.md says what the kinds are', async () => {
  const page = await kindsPage();
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(PAGE, page);
  expect(page === (await readFile(PAGE, 'utf8')), `${PAGE} is out of date. Run: npm run docs`).toBe(true);
});

test.each(kindNames())(
  'every option of %s is explained, and every setting of what it offers to traffic',
  async (name) => {
    const { options, description, traffic } = await loadKind(name);
    expect(description).toMatch(/\.$/);
    for (const schema of [options, traffic?.sink?.settings, traffic?.store?.settings]) {
      const { properties = {} } = schema === undefined ? {} : schemaOf(schema);
      const unexplained = Object.entries(properties as Record<string, { readonly description?: string }>)
        .filter(([, part]) => part.description === undefined)
        .map(([option]) => option);
      expect(unexplained).toEqual([]);
    }
  },
);

test('the page has every key of a service, and no other', async () => {
  const page = await readFile(PAGE, 'utf8');
  const keys = page.slice(page.indexOf('## Keys of a service'), page.indexOf('\n## app'));
  const { properties = {} } = z.toJSONSchema(stackSpec.shape.services, { io: 'input', unrepresentable: 'any' })
    .additionalProperties as { readonly properties?: object };
  const rows = [...keys.matchAll(/^\| `(\w+)` \| (.+) \| .+ \|$/gm)].map(([, key, kinds]) => [key, kinds]);
  expect(['kind', ...rows.map(([key]) => key)].toSorted()).toEqual(Object.keys(properties).toSorted());
  expect(rows.filter(([, kinds]) => kinds?.trim() === '')).toEqual([]);
});

test('docs/stack.yaml has every key of `readiness`, and no other', async () => {
  const text = await readFile('docs/stack.yaml', 'utf8');
  const part = text.slice(text.indexOf('# When it is ready.'), text.indexOf('      readiness: { tcp'));
  const { anyOf = [], ...schema } = schemaOf((await loadKind('container')).options);
  expect(anyOf).toEqual([]);
  const { readiness } = schema.properties as Record<
    string,
    { readonly properties?: Record<string, { readonly properties?: object }> }
  >;
  const keys = Object.entries(readiness?.properties ?? {});
  const wanted = [...keys.map(([key]) => key), ...keys.flatMap(([, { properties = {} }]) => Object.keys(properties))];
  expect(wanted.length).toBeGreaterThan(5);
  const forms = [...part.matchAll(/^ +# {3}(\{.*?\}) {2,}/gm)].map(([, form = '']) => form);
  const shown = forms.flatMap((form) => [...form.matchAll(/(\w+): /g)].map(([, key]) => key));
  for (const key of wanted) expect(part, key).toMatch(new RegExp(`\\b${key}\\b`));
  expect(forms.length).toBeGreaterThan(3);
  expect(shown.filter((key) => !wanted.includes(key ?? ''))).toEqual([]);
});
