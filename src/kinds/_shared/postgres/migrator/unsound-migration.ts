import { StackctlError } from '../../../../errors.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { doneBefore, placeOf } from './failed-statement.ts';
import type { Unsound } from './file-run.ts';
import { type FoundUnsound, plainUnsound } from './unsound.ts';

/** A file ran without an error, and what it makes is not valid. */
export function unsoundMigration(migration: PendingMigration, unsound: Unsound): StackctlError {
  const { objects, index } = unsound;
  const { path, name, transactional, statements } = migration;
  const place = placeOf(path, statements[index], undefined);
  const lines = [
    `${place}: not applied: ${objects.length === 1 ? 'an object' : `${objects.length} objects`} of this file cannot be relied on`,
    ...objects.map((object) => `  ${object.name} ${object.reason}: ${object.fix};`),
    transactional
      ? 'The file was rolled back: nothing of it was applied.'
      : `Statement ${index + 1} of ${statements.length} does not count as done: ${doneBefore(index)}.`,
  ];
  return new StackctlError('E_MIGRATION_UNSOUND', lines.join('\n'), {
    hint: wayOn(migration, unsound.objects),
    details: {
      migration: name,
      statement: index + 1,
      statements: statements.length,
      committed: transactional ? 0 : index,
      unsound: objects.map(plainUnsound),
    },
  });
}

function wayOn({ transactional }: PendingMigration, objects: readonly FoundUnsound[]): string {
  // What the file has made itself was rolled back with it.
  const isGone = ({ type }: FoundUnsound) => transactional && type !== 'index';
  const commands = (those: readonly FoundUnsound[]) => those.map(({ fix }) => `\`${fix}\``).join(', ');
  const [own, there] = [objects.filter(isGone), objects.filter((object) => !isGone(object))];
  return [
    ...(own.length === 0 ? [] : [`Let the file itself make it valid (${commands(own)}).`]),
    ...(there.length === 0
      ? []
      : [
          `Correct what kept it from being valid and run ${commands(there)} (or \`stackctl migrate repair\`, which does it).`,
        ]),
    'Then run `stackctl migrate up` again.',
  ].join(' ');
}
