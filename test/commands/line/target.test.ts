import { expect, test } from 'vitest';
import { findCommand } from '../../../src/commands/line/table.ts';
import { findTarget } from '../../../src/commands/line/target.ts';

const target = async (text: string) => {
  const [verb = '', ...args] = text.split(' ');
  const entry = findCommand(verb);
  if (entry === undefined) throw new Error(`no command ${verb}`);
  const found = await findTarget(entry, args);
  return [found.entry.name, ...found.args].join(' ');
};

test.each([
  ['up analytics', 'up analytics'],
  ['migrate up analytics', 'migrate up analytics'],
  ['migrate --json status', 'migrate status --json'],
  ['migrate --project up status', 'migrate status --project up'],
  ['migrate status --help', 'migrate status --help'],
  ['migrate --help', 'migrate --help'],
  ['migrate', 'migrate'],
])('"%s" runs "%s"', async (text, expected) => {
  expect(await target(text)).toBe(expected);
});

test('an action that there is not is named with those that there are', async () => {
  await expect(target('migrate statsu')).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringMatching(/^unknown action 'statsu' of migrate \(known: up, /),
    hint: 'Run: stackctl migrate --help; did you mean "status"?',
  });
});
