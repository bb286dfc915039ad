import { isAbsolute, relative, resolve, sep } from 'node:path';
import { StackctlError } from '../../errors.ts';
import type { NamedFolder } from '../../migrate/import/read-import.ts';
import type { MigratorCapability } from '../../stack/contract/migrate.ts';
import { type Service, type Stack, serviceOf } from '../../stack/contract/model.ts';
import type { CommandContext } from '../line/command.ts';
import { noFolder, noMigrations } from './no-migrations.ts';

export interface ImportTarget {
  readonly service: Service;
  readonly migrator: MigratorCapability;
  readonly folder: NamedFolder;
}

export interface TargetInput {
  readonly context: Pick<CommandContext, 'cwd' | 'templatesFolder'>;
  readonly stack: Stack;
  /** Undefined: the only one that has migrations. */
  readonly service: string | undefined;
  /** `--to`. */
  readonly to: string | undefined;
  readonly source: NamedFolder;
}

/**
 * The service whose migrations the files become, and the folder to write them to.
 * @throws E_USAGE where there is none, several, or one that must not be written to.
 */
export function importTarget({ context, stack, service, to, source }: TargetInput): ImportTarget {
  const chosen = chooseService(stack, service, to !== undefined);
  const declared = stack.migrations.find((folder) => folder.service === chosen.service.name)?.folder;
  const path = to === undefined ? declared : resolve(context.cwd, to);
  if (path === undefined) throw noFolder(stack, chosen.service);
  if (to === undefined && isInside(path, context.templatesFolder)) throw builtIn(stack);
  if (path === source.path) throw ontoItself(source);
  return { ...chosen, folder: namedFolder(context.cwd, path) };
}

/** As people see it: from here, where it is below this folder. */
export function namedFolder(cwd: string, path: string): NamedFolder {
  const absolute = resolve(cwd, path);
  return { path: absolute, shown: isInside(absolute, cwd) ? relative(cwd, absolute) || '.' : absolute };
}

function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
}

function chooseService(
  stack: Stack,
  asked: string | undefined,
  anyWithSchema: boolean,
): { readonly service: Service; readonly migrator: MigratorCapability } {
  const declared = stack.migrations.map(({ service }) => serviceOf(stack, service));
  const able = stack.services.filter(({ kind }) => kind.migrator !== undefined);
  const choice = anyWithSchema && declared.length === 0 ? able : declared;
  const found = asked === undefined ? choice : able.filter(({ name }) => name === asked);
  const [service, ...others] = found;
  if (service?.kind.migrator === undefined) throw noService(stack, asked, able);
  if (others.length > 0) {
    const names = found.map(({ name }) => name).join(', ');
    throw new StackctlError('E_USAGE', `${stack.name} has migrations for several services: ${names}`, {
      hint: 'Name the one whose migrations they become, behind the folder.',
    });
  }
  return { service, migrator: service.kind.migrator };
}

function noService(stack: Stack, asked: string | undefined, able: readonly Service[]): StackctlError {
  if (asked !== undefined && able.length > 0) return noMigrations(stack, asked);
  const [first] = able;
  if (first !== undefined) return noFolder(stack, first);
  return new StackctlError('E_USAGE', `no service of ${stack.name} can have migrations`, {
    hint: 'Name the stack whose database they are for, behind the folder.',
  });
}

function builtIn({ name, folder }: Stack): StackctlError {
  return new StackctlError(
    'E_USAGE',
    `${name} is a stack that comes with stackctl: its migrations are not yours to change`,
    {
      hint: `Make it yours by \`cp -r ${folder} ${name}\` and import with \`./${name}\` behind the folder, or give another folder by --to.`,
    },
  );
}

function ontoItself({ shown }: NamedFolder): StackctlError {
  return new StackctlError('E_USAGE', `${shown} is the folder of the other tool and would be the target, too`, {
    hint: 'Give an empty folder by --to, and name it under migrations in stack.yaml.',
  });
}
