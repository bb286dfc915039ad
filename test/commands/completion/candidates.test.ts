import { Argument, type Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { candidatesFor } from '../../../src/commands/completion/candidates.ts';
import type { LiveNames } from '../../../src/commands/completion/live-names.ts';
import { actionTable, type CommandEntry, type CommandModule } from '../../../src/commands/line/command.ts';
import { findCommand } from '../../../src/commands/line/table.ts';
import { runtimeNames } from '../../../src/stack/contract/plugins.ts';

const SHAPES: Readonly<Record<string, (command: Command) => Command>> = {
  up: (command) => command.argument('[stack]').argument('[services...]').option('--build').option('--out <dir>'),
  restart: (command) => command.argument('[services...]'),
  scale: (command) => command.argument('<service=count...>'),
  'failover-test': (command) => command.addOption(new Option('--scenario <name>').choices(['master-kill', 'planned'])),
  completion: (command) => command.addArgument(new Argument('<shell>').choices(['bash', 'zsh'])),
  exec: (command) => command.argument('<instance>').argument('<command...>'),
  migrate: (command) => command.argument('<action>'),
};

const run = async () => ({ exitCode: 0 });

const ACTIONS: Readonly<Record<string, Pick<CommandModule, 'actions'>>> = {
  migrate: {
    actions: actionTable([
      [
        'up',
        'apply',
        async () => ({
          configure: (command) =>
            void command
              .argument('[stack]')
              .option('--to <version>')
              .addOption(new Option('--dry-run [how]').choices(['print', 'rollback'])),
          run,
        }),
      ],
      ['down', 'revert', async () => ({ configure: () => undefined, run })],
    ]),
  },
};

const commands = Object.keys(SHAPES).map((name): CommandEntry => {
  const entry = findCommand(name);
  if (entry === undefined) throw new Error(`no command ${name}`);
  const configure = (command: Command) => void SHAPES[name]?.(command);
  return { ...entry, load: async () => ({ configure, run, ...ACTIONS[name] }) };
});

const live: LiveNames = {
  stacks: async () => ['analytics', 'redis-sentinel'],
  projects: async () => ['mine', 'redis-sentinel'],
  members: async (of) =>
    of === 'mine'
      ? { services: ['web'], instances: ['web-1'] }
      : { services: ['redis'], instances: ['redis-1', 'redis-2'] },
};

async function complete(text: string) {
  const found = await candidatesFor({ words: text.split(' '), commands, live });
  return found.type === 'files' ? 'files' : found.words.map(({ value }) => value).join(' ');
}

test.each([
  ['', 'up restart scale failover-test completion exec migrate'],
  ['re', 'restart'],
  ['--js', '--json'],
  ['--json u', 'up'],
  ['nonsense ', ''],
  ['up ', 'mine redis-sentinel analytics'],
  ['up --json red', 'redis-sentinel'],
  ['up mine ', 'web web-1'],
  ['up redis-sentinel r', 'redis redis-1 redis-2'],
  ['up --b', '--build'],
  ['up --build --b', ''],
  ['up --set a=1 --se', '--set'],
  ['up --runtime ', ['auto', ...runtimeNames()].join(' ')],
  ['up --runtime=p', '--runtime=process'],
  ['up --project ', 'mine redis-sentinel'],
  ['--project m', 'mine'],
  ['up --values ', 'files'],
  ['up --out ', 'files'],
  ['up --timeout ', ''],
  ['restart redis-1 redis-', 'redis-1 redis-2'],
  ['scale r', 'redis='],
  ['failover-test --scenario ', 'master-kill planned'],
  ['completion z', 'zsh'],
  ['completion zsh ', ''],
  ['exec redis-', 'redis-1 redis-2'],
  ['exec redis-1 ', 'files'],
  ['migrate ', 'up down'],
  ['migrate --json d', 'down'],
  ['migrate up ', 'mine redis-sentinel analytics'],
  ['migrate up --t', '--to'],
  ['migrate up --dry-run re', 'redis-sentinel'],
  ['migrate up --dry-run=r', '--dry-run=rollback'],
])('"stackctl %s"', async (text, expected) => {
  expect(await complete(text)).toBe(expected);
});
