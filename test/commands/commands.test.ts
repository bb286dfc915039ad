import type { Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { overview } from '../../src/commands/line/help.ts';
import { buildCommand } from '../../src/commands/line/parse.ts';
import { COMMANDS, findCommand } from '../../src/commands/line/table.ts';
import { parseDuration } from '../../src/lib/duration.ts';
import { main } from '../../src/main.ts';
import { testHost } from '../support/host.ts';

const VERBS =
  'init templates config render schema smoke up down clean status ls logs restart scale exec cli env ports health heal doctor ' +
  'failover failover-test verify-history completion version migrate seed inspect reset compose';

test('the table has every verb once, with its aliases', () => {
  const visible = COMMANDS.filter(({ group }) => group !== undefined).map(({ name }) => name);
  expect(visible.toSorted()).toEqual(VERBS.split(' ').toSorted());
  const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
  expect(findCommand('ps')?.name).toBe('status');
});

test('the overview fits a terminal of 100 columns', () => {
  expect(
    overview()
      .split('\n')
      .filter((line) => line.length > 100),
  ).toEqual([]);
});

// A misspelt name must never stand for the folder's only project: some of these verbs delete.
test.each([
  'up',
  'up --dry-run',
  'down',
  'clean',
  'status',
  'ports',
  'render',
  'heal',
  'failover-test',
  'doctor',
  'init',
  'seed traffic',
])('%s refuses a word that names no stack', async (name) => {
  const host = testHost([...name.split(' '), 'redis-sentinal', '--json', '--yes']);
  expect(await main(host)).toBe(2);
  expect(JSON.parse(host.out()).error).toMatchObject({
    code: 'E_STACK_NOT_FOUND',
    message: expect.stringContaining('did you mean "redis-sentinel"?'),
  });
});

describe.each(COMMANDS.map((command) => [command.name, command] as const))('%s', (name, command) => {
  test('has its file', async () => {
    const module = await command.load();
    expect(Object.keys(module)).toEqual(expect.arrayContaining(['configure', 'run']));
  });

  test('explains itself with --help', async () => {
    const host = testHost([name, '--help']);
    expect(await main(host)).toBe(0);
    expect(host.out()).toContain(`Usage: stackctl ${name}`);
    expect(host.out()).toContain('--json');
    expect(host.err()).toBe('');
  });

  test('shows defaults that can be typed', async () => {
    const built = buildCommand(command, await command.load());
    for (const option of built.options) {
      const shown = built.createHelp().optionDescription(option);
      expect(shown, option.flags).not.toMatch(/\[\]|"|default: *[;)]/);
      const typed = /\bdefault: ([^;)]+)/.exec(shown)?.[1];
      if (typed === undefined) expect(meansNothing(option.defaultValue), option.flags).toBe(true);
      else expectTyped(option, typed);
    }
    for (const argument of built.registeredArguments) {
      expect(built.createHelp().argumentDescription(argument), argument.name()).not.toMatch(/default:|"/);
    }
  });

  test('refuses a flag that it does not have, in one envelope', async () => {
    const host = testHost([name, '--no-such-flag', '--json']);
    expect(await main(host)).toBe(2);
    expect(host.out().trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(host.out())).toEqual({
      schemaVersion: 1,
      command: name,
      status: 'failed',
      data: null,
      warnings: [],
      error: {
        code: 'E_USAGE',
        message: "unknown option '--no-such-flag'",
        hint: expect.stringContaining(`Run: stackctl ${name} --help`),
        details: { reason: 'commander.unknownOption' },
      },
    });
    expect(host.err()).toBe('');
  });
});

/** What commander has for an option that was not given and that has no default of its own. */
function meansNothing(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean' || (Array.isArray(value) && value.length === 0);
}

/** The option takes its own default as it is printed, and makes the same of it as when it is left out. */
function expectTyped(option: Option, typed: string): void {
  const { flags, defaultValue, parseArg } = option;
  if (flags.includes('<duration>')) expect(parseDuration(typed), flags).toBeGreaterThan(0);
  const parsed: unknown = parseArg?.(typed, Array.isArray(defaultValue) ? [] : undefined) ?? typed;
  if (!meansNothing(defaultValue)) expect(parsed, flags).toEqual(defaultValue);
}

test('config warns of a variable that is misspelt', async () => {
  const host = testHost(['config', 'redis-sentinel', '--json'], { env: { STACKCTL_VALUE_REDIS_PASWORD: 's3cr3tX' } });
  expect(await main(host)).toBe(0);
  expect(JSON.parse(host.out()).warnings).toEqual([expect.stringContaining('STACKCTL_VALUE_REDIS_PASSWORD?')]);
  expect(host.out()).not.toContain('s3cr3tX');
});
