import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { commandReference } from '../../support/command-reference.ts';

const PAGE = 'docs/commands.md';

// It loads every command.
test('docs/commands.md says what the commands say', async () => {
  const page = await commandReference();
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(PAGE, page);
  expect(page === (await readFile(PAGE, 'utf8')), 'docs/commands.md is out of date. Run: npm run docs').toBe(true);
}, 30_000);
