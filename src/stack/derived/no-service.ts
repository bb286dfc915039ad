import { StackctlError } from '../../errors.ts';
import type { Stack } from '../contract/model.ts';

/** E_INSTANCE_NOT_FOUND for names that are no services of the stack; the hint lists those that it has. */
export function noSuchService(
  { name, services }: Pick<Stack, 'name' | 'services'>,
  unknown: readonly string[],
): StackctlError {
  const quoted = unknown.map((each) => `"${each}"`).join(', ');
  return new StackctlError('E_INSTANCE_NOT_FOUND', `the stack ${name} has no service ${quoted}`, {
    hint: `Its services: ${services.map((service) => service.name).join(', ')}.`,
  });
}
