import { describe, expect, test } from 'vitest';
import { readCommandLine } from '../../../src/commands/line/argv.ts';
import { COMMANDS } from '../../../src/commands/line/table.ts';

const line = (text: string) => readCommandLine(text === '' ? [] : text.split(' '), COMMANDS);

describe('the verb', () => {
  test.each([
    ['up redis-sentinel', 'up', ['redis-sentinel']],
    ['--json up', 'up', ['--json']],
    ['--project a up b', 'up', ['--project', 'a', 'b']],
    ['--set up=1 status', 'status', ['--set', 'up=1']],
    ['--values up down --volumes', 'down', ['--values', 'up', '--volumes']],
    ['--tail 5 logs', 'logs', ['--tail', '5']],
    ['--volumes down', 'down', ['--volumes']],
    ['--json nonsense', 'nonsense', ['--json']],
    ['--project=a up', 'up', ['--project=a']],
    ['help up', 'up', ['--help']],
    ['help migrate up', 'migrate', ['up', '--help']],
  ])('of "%s"', (text, verb, args) => {
    expect(line(text)).toMatchObject({ verb, args, wants: 'command' });
  });
});

test.each([
  ['--help', 'help'],
  ['-h --json', 'help'],
  ['help', 'help'],
  ['--version', 'version'],
  ['-V', 'version'],
  ['--version up', 'version'],
  ['up --version', 'command'],
  ['up --help', 'command'],
  ['', 'command'],
])('"%s" wants %s', (text, wants) => {
  expect(line(text).wants).toBe(wants);
});

test.each([
  ['up --json', true],
  ['up --bogus --json', true],
  ['--json exec redis-1 ls', true],
  ['exec --json redis-1 ls', true],
  ['exec redis-1 ls --json', false],
  ['up -- --json', false],
  ['up', false],
])('"%s" saw --json: %s', (text, json) => {
  expect(line(text).json).toBe(json);
});
