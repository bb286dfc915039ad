import { expect, test } from 'vitest';
import { noMigrations } from '../../src/commands/migrate/no-migrations.ts';
import { migratedServices, stoppedError } from '../../src/commands/migrate/services.ts';
import { builtInStack } from '../support/built-in-stack.ts';

const stack = await builtInStack('email-timing', { runtime: 'process' });
const bare = { ...stack, migrations: [] };

const HAS = 'It has them for: clickhouse, postgres.';

test.each([
  ['no service at all', stack, 'kafak', 'no service "kafak" with migrations in email-timing', HAS],
  ['one that can have none', stack, 'redis', 'redis has no migrations: the kind redis knows none', HAS],
  ['one that can have none, in a stack without', bare, 'redis', 'knows none', 'This stack has no migrations.'],
  [
    'one without a folder',
    bare,
    'postgres',
    'has no folder of migrations for postgres',
    'migrations: { postgres: migrations }',
  ],
  [
    'one whose inside is declared',
    stack,
    'kafka',
    'kafka has no migration files: what is in a server of the kind kafka stands in stack.yaml (email-events)',
    'Compare the two: stackctl migrate status email-timing kafka. After a change of stack.yaml: stackctl migrate up email-timing kafka.',
  ],
  ['one with nothing declared', withoutTopics(), 'kafka', 'stack.yaml (nothing yet)', 'Declare there'],
])('%s', (_, of, word, message, hint) => {
  const error = noMigrations(of, word);
  expect(error).toMatchObject({ code: 'E_INSTANCE_NOT_FOUND', exitCode: 2 });
  expect(error.message).toContain(message);
  expect(error.hint).toContain(hint);
  expect(() => migratedServices(of, [word])).toThrow(error.message);
});

test('of several services all that do not run are named, and what can be named instead', () => {
  expect(stoppedError('shop', [], ['db'])).toBeUndefined();
  expect(stoppedError('shop', ['ts', 'ch'], ['db'])).toMatchObject({
    code: 'E_NOT_RUNNING',
    message: 'ts, ch do not run',
    hint: 'Start what is missing: stackctl up. Or name what runs, behind the stack: shop db',
  });
  expect(stoppedError('shop', ['db'], [])).toMatchObject({
    message: 'db does not run',
    hint: 'Start what is missing: stackctl up',
  });
});

function withoutTopics(): typeof stack {
  const services = stack.services.map((service) => {
    if (service.name !== 'kafka') return service;
    return { ...service, options: { ...(service.options as object), topics: [] } };
  });
  return { ...stack, services };
}
