import { StackctlError } from '../../errors.ts';
import { findStack } from '../../stack/load/catalog.ts';
import type { SessionContext } from './context.ts';

/**
 * Runs `find`. Where it finds no project in a folder, a first word that is no stack was meant for one: there are no
 * services that it could name.
 * @throws E_STACK_NOT_FOUND with what may have been meant, else what `find` throws.
 */
export async function orUnknownStack<T>(
  { cwd, templatesFolder }: Pick<SessionContext, 'cwd' | 'templatesFolder'>,
  services: readonly string[],
  find: () => Promise<T>,
): Promise<T> {
  try {
    return await find();
  } catch (error) {
    const [first] = services;
    const isNoProject =
      error instanceof StackctlError && error.code === 'E_PROJECT_NOT_FOUND' && error.details.project === undefined;
    if (first !== undefined && isNoProject) await findStack(first, templatesFolder, cwd);
    throw error;
  }
}
