import { StackctlError } from '../errors.ts';

/** Another run may have been at work since the question. @throws E_LOCKED for other files than those that were confirmed. */
export function refuseOther(names: readonly string[], expected: readonly string[]): void {
  if (names.join(', ') === expected.join(', ')) return;
  throw new StackctlError('E_LOCKED', `other files are meant now than those that were confirmed: ${names.join(', ')}`, {
    hint: 'Another run changed the schema meanwhile. Run `stackctl migrate status`, then the command again.',
  });
}
