import { StackctlError } from '../../../../errors.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { doneBefore, placeOf } from './failed-statement.ts';
import type { Unsound } from './file-run.ts';
import { type FoundUnsound, isMendable, plainUnsound } from './unsound.ts';

/** A file ran without an error, and what it makes is not valid. */
export function unsoundMigration(
  migration: PendingMigration,
  unsound: Unsound,
  direction: 'up' | 'down',
): StackctlError {
  const { objects, index } = unsound;
  const { path, name, transactional, statements } = migration;
  const isAllDone = index === statements.length;
  const place = placeOf(path, statements[index], undefined);
  const lines = [
    `${place}: not ${direction === 'up' ? 'applied' : 'taken back'}: ${objects.length === 1 ? 'an object' : `${objects.length} objects`} of this file cannot be relied on`,
    ...objects.map((object) => `  ${object.name} ${object.reason}: ${object.fix};`),
    isAllDone ? `All ${statements.length} statements are done.` : stateText(migration, index, direction),
  ];
  return new StackctlError('E_MIGRATION_UNSOUND', lines.join('\n'), {
    hint: isAllDone ? validating(objects) : wayOn(migration, objects),
    details: {
      migration: name,
      statement: Math.min(index + 1, statements.length),
      statements: statements.length,
      committed: transactional ? 0 : index,
      unsound: objects.map(plainUnsound),
    },
  });
}

function stateText({ transactional, statements }: PendingMigration, index: number, direction: 'up' | 'down'): string {
  return transactional
    ? `The file was rolled back: nothing of it was ${direction === 'up' ? 'applied' : 'taken back'}.`
    : `Statement ${index + 1} of ${statements.length} does not count as done: ${doneBefore(index)}.`;
}

/** No statement of the file runs again, so that an index must not be removed, but built. */
function validating(objects: readonly FoundUnsound[]): string {
  const commands = objects.map(({ type, name, plainName, fix }) =>
    type === 'index' && !/_cc(new|old)\d*$/.test(plainName)
      ? `REINDEX INDEX CONCURRENTLY ${name.slice('index '.length)}`
      : fix,
  );
  return `Make it valid (${commands.map((each) => `\`${each}\``).join(', ')}), then run \`stackctl migrate up\` again.`;
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
          `Correct what kept it from being valid and run ${commands(there)}${there.every(isMendable) ? ' (or `stackctl migrate repair`, which does it)' : ''}.`,
        ]),
    'Then run `stackctl migrate up` again.',
  ].join(' ');
}
