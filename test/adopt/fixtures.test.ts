import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adoptText } from '../../src/output/adopt.ts';
import { builtInPlugins } from '../../src/stack/contract/plugins.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { adoptFixture, COMPOSE_FIXTURES, composeFixtures, copiedFixture } from '../support/compose-fixtures.ts';

test('there are enough Compose files to say something', () => {
  expect(composeFixtures().length).toBeGreaterThanOrEqual(25);
});

describe.each(composeFixtures())('%s', (name) => {
  test('becomes the stack.yaml that is kept beside it', async () => {
    const { text } = await adoptFixture(name);
    const golden = join(COMPOSE_FIXTURES, name, 'expected.yaml');
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(golden, text);
    expect(text).toBe(await readFile(golden, 'utf8'));
  });

  test('says of every service what became of it, and shows no secret', async () => {
    const { report, secrets, text } = await adoptFixture(name);
    const names = [...report.services.map(({ from }) => from), ...report.staysOut.map(({ service }) => service)];
    expect(new Set(names).size).toBe(names.length);
    const shown = `${JSON.stringify(report)}\n${adoptText(report)}`;
    for (const secret of secrets.values()) {
      expect(shown.includes(secret), 'the report shows a secret').toBe(false);
      expect(text.includes(secret), 'stack.yaml shows a secret that the Compose file does not show').toBe(false);
    }
  });

  // A mistake in what was written is one of the importer.
  test('loads as every stack does', async () => {
    const folder = await copiedFixture(name);
    try {
      const { text, migrations } = await adoptFixture(name);
      await writeFile(join(folder, 'stack.yaml'), text);
      for (const { path, text: sql } of migrations) {
        await mkdir(join(folder, dirname(path)), { recursive: true });
        await writeFile(join(folder, path), sql);
      }
      const { spec } = await loadSpec({ folder, displayName: 'stack.yaml', plugins: builtInPlugins });
      expect(Object.keys(spec.services)).toEqual((await adoptFixture(name)).report.services.map((one) => one.name));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
