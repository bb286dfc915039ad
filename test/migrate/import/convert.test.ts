import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { readContent } from '../../../src/migrate/content.ts';
import { type ImportPlan, planImport } from '../../../src/migrate/import/plan.ts';
import { readSource } from '../../../src/migrate/import/read-source.ts';
import { chooseTool } from '../../../src/migrate/import/tools.ts';

const SOURCES = fileURLToPath(new URL('fixtures/', import.meta.url));
const CONVERTED = fileURLToPath(new URL('converted/', import.meta.url));
const TARGET = { sql: POSTGRES_SQL, withoutTransactions: false, files: [] };

async function planOf(tool: string): Promise<ImportPlan> {
  const files = await readSource(`${SOURCES}${tool}`, `db/${tool}`);
  const { plan, problems } = planImport(chooseTool(files, tool, undefined), files, TARGET);
  expect(problems).toEqual([]);
  return plan;
}

const TOOLS = await readdir(SOURCES);

describe.each(TOOLS)('the files of %s', (tool) => {
  test('are recognised, and become these', async () => {
    const plan = await planOf(tool);
    expect(plan.tool).toBe(tool);
    const texts = Object.fromEntries(plan.steps.map(({ target, text }) => [target, text]));
    const folder = `${CONVERTED}${tool}`;
    if (process.env.UPDATE_GOLDEN === '1') {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      for (const [name, text] of Object.entries(texts)) await writeFile(`${folder}/${name}`, text);
    }
    const names = (await readdir(folder)).toSorted();
    const expected = await Promise.all(names.map(async (name) => [name, await readFile(`${folder}/${name}`, 'utf8')]));
    expect(texts).toEqual(Object.fromEntries(expected));
  });

  test('are read as what was shown', async () => {
    for (const { target, text, statements, transaction, downStatements } of (await planOf(tool)).steps) {
      const read = readContent(target, text, TARGET);
      if (!read.ok) throw new Error(JSON.stringify(read.problems));
      const { up, down } = read.content;
      expect([up.statements.length, up.transactional, down?.statements.length ?? 0]).toEqual([
        statements,
        transaction,
        downStatements,
      ]);
    }
  });
});
