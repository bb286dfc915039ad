import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import type { Service, Stack } from '../../stack/contract/model.ts';

/** Why an action on migration files has nothing to do for what a word names, and what to do instead. */
export function noMigrations(stack: Stack, word: string): StackctlError {
  const service = stack.services.find(({ name }) => name === word);
  if (service === undefined) return unknown(stack, word);
  if (service.kind.migrator !== undefined) return noFolder(stack, service, 'E_INSTANCE_NOT_FOUND');
  return service.kind.declared === undefined ? unable(stack, service) : declares(stack, service);
}

/** A service that could have migrations. */
export function noFolder(
  { name, folder }: Stack,
  service: Service,
  code: 'E_USAGE' | 'E_INSTANCE_NOT_FOUND' = 'E_USAGE',
): StackctlError {
  return new StackctlError(code, `${name} has no folder of migrations for ${service.name}`, {
    hint: `Make the folder and name it in ${join(folder, 'stack.yaml')}: migrations: { ${service.name}: migrations }`,
  });
}

function unknown({ name, migrations }: Stack, word: string): StackctlError {
  return new StackctlError('E_INSTANCE_NOT_FOUND', `no service "${word}" with migrations in ${name}`, {
    hint: withMigrations(migrations),
  });
}

function unable({ migrations }: Stack, { name, kind }: Service): StackctlError {
  return new StackctlError('E_INSTANCE_NOT_FOUND', `${name} has no migrations: the kind ${kind.name} knows none`, {
    hint: withMigrations(migrations),
  });
}

/** What is in it stands in stack.yaml: there is no file to run, take back or compare. */
function declares(stack: Stack, service: Service): StackctlError {
  const { name, kind } = service;
  const names = kind.declared?.names({ stack, service }) ?? [];
  const what = names.length === 0 ? 'nothing yet' : names.join(', ');
  return new StackctlError(
    'E_INSTANCE_NOT_FOUND',
    `${name} has no migration files: what is in a server of the kind ${kind.name} stands in stack.yaml (${what})`,
    {
      hint:
        names.length === 0
          ? 'Declare there what it shall have.'
          : `Compare the two: stackctl migrate status ${stack.name} ${name}. After a change of stack.yaml: stackctl migrate up ${stack.name} ${name}.`,
    },
  );
}

function withMigrations(migrations: Stack['migrations']): string {
  const names = migrations.map(({ service }) => service);
  return names.length === 0 ? 'This stack has no migrations.' : `It has them for: ${names.join(', ')}.`;
}
