import { StackctlError } from '../errors.ts';
import type { Pending } from './compare.ts';

/** Files that `up` began and did not bring to their end. */
export function unfinishedIn<T extends Pick<Pending, 'cause'>>(pending: readonly T[]): readonly T[] {
  return pending.filter(({ cause }) => cause === 'failed before' || cause === 'was interrupted');
}

/** For a verb that goes on only from files that are either in effect or not. @param names at least one. */
export function unfinished(names: readonly string[]): StackctlError {
  const list = names.join(', ');
  const [is, it] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `${list} ${is} neither applied nor taken back: nothing was changed`,
    {
      hint: `Bring ${it} to an end first: \`stackctl migrate up\` runs ${it}. If all of ${it} is in effect: \`stackctl migrate repair ${flags('--mark-applied', names)}\`. If nothing of ${it} is: \`stackctl migrate repair ${flags('--mark-reverted', names)}\`.`,
      details: { files: names },
    },
  );
}

function flags(flag: string, names: readonly string[]): string {
  return names.map((name) => `${flag} ${name}`).join(' ');
}
