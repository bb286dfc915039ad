import { StackctlError } from '../../errors.ts';

/** The error of an interrupt, without the advice that the same command goes on from what is there: a run begins anew. */
export function interruptedRun({ code, message, details }: StackctlError, hint: string): StackctlError {
  return new StackctlError(code, message, { hint, details });
}
