import { StackctlError } from '../errors.ts';

/** For a verb that goes on only from files that are either in effect or not. */
export function unfinished(names: readonly string[]): StackctlError {
  const list = names.join(', ');
  const [is, it] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `${list} ${is} neither applied nor taken back: nothing was changed`,
    {
      hint: `Bring ${it} to an end first: stackctl migrate up runs ${it}. If all of ${it} is in effect: stackctl migrate repair --mark-applied ${names[0]}.`,
      details: { files: names },
    },
  );
}
