/**
 * stackctl as a library, for tests of programs that need a stack. Small on purpose: what does the work is loaded by the first
 * `up`. With start.ts and main.ts one of the faces that know the process: it reads the environment and the working
 * directory where its caller gives none, and nothing else; it prints nothing, hears no signals and ends no process.
 */

import type { IsStackctlError, Up } from './api/types.ts';
import { StackctlError } from './errors.ts';

export type * from './api/call-types.ts';
export type * from './api/types.ts';
export { type ErrorCode, StackctlError } from './errors.ts';

/**
 * Brings a stack up: a built-in one (`redis-sentinel`), one server of a kind (`redis`, `postgres`), or the path of a folder with
 * a stack.yaml. Returns once all of it is healthy. Ends before that what an earlier process has left behind when it died.
 *
 * @example
 * const stack = await up('redis');
 * const { url } = stack.connection('redis');
 * await stack.dispose();
 * @throws StackctlError with `code`, `message` and `hint`; what had been started is ended then.
 */
export const up: Up = async (stack, options = {}) => {
  const { env = { ...process.env }, cwd = process.cwd(), ...rest } = options;
  const { bringUpStack } = await import('./api/bring-up-stack.ts');
  return bringUpStack(stack, { ...rest, env, cwd });
};

/** Whether it is an error of stackctl, also of another copy of this package. */
export const isStackctlError: IsStackctlError = (error): error is StackctlError =>
  error instanceof StackctlError || (error instanceof Error && error.name === 'StackctlError' && 'code' in error);
