import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { kindNames, loadKind } from '../../src/stack/contract/plugins.ts';
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
