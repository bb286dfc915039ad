import { expect, test } from 'vitest';
import { parseFlags } from '../../../src/commands/line/parse.ts';
import { findCommand } from '../../../src/commands/line/table.ts';
import { findTarget } from '../../../src/commands/line/target.ts';

async function parsed(verb: string, text: string) {
  const entry = findCommand(verb);
  if (entry === undefined) throw new Error(`no command ${verb}`);
  const target = await findTarget(entry, text.split(' '));
  const found = parseFlags(target.entry, target.module, target.args);
  if (found.type === 'help') throw new Error('help');
  return { args: found.args, ...(found.flags as Record<string, unknown>) };
}

test.each([
  ['up --dry-run analytics', { dryRun: 'print', args: ['analytics'] }],
  ['up analytics --dry-run', { dryRun: 'print', args: ['analytics'] }],
  ['up --dry-run=rollback analytics', { dryRun: 'rollback', args: ['analytics'] }],
  ['up -- --dry-run', { args: ['--dry-run'] }],
])('the value of "migrate %s" that may be left out stands behind =', async (text, expected) => {
  expect(await parsed('migrate', text)).toMatchObject(expected);
});
