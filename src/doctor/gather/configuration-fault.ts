import { type ErrorCode, StackctlError } from '../../errors.ts';
import { formatProblem, type Problem } from '../../stack/source/problem.ts';
import type { ConfigurationFault } from '../facts.ts';

/**
 * The fault of a file or variable that keeps a project from being opened, on one line. Undefined for every other error,
 * also for mistakes of the command line alone: those are for the person who typed them a moment ago.
 */
export function configurationFault(error: unknown): ConfigurationFault | undefined {
  if (!(error instanceof StackctlError) || !CODES.has(error.code)) return undefined;
  const problems = error.details.problems as readonly Problem[] | undefined;
  if (problems?.every(({ origin }) => origin?.startsWith('--') === true) === true) return undefined;
  const fact = problems === undefined ? error.message : problems.map(formatProblem).join('; ');
  return { fact: fact.replaceAll(/\s*\n\s*/g, ' '), fix: error.hint };
}

const CODES: ReadonlySet<ErrorCode> = new Set([
  'E_CONFIG_INVALID',
  'E_STACK_INVALID',
  'E_VALUE_INVALID',
  'E_STATE_UNREADABLE',
]);
