import { type ErrorCode, StackctlError } from '../../errors.ts';
import { didYouMean } from './suggest.ts';

/** A place in a file that a person wrote; line and column from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One mistake in what the user wrote, in a file (`file`, `line`, `column`) or elsewhere (`origin`, e.g. `--set`). */
export interface Problem extends Partial<Position> {
  readonly origin?: string;
  /** Path of the field, e.g. `services.redis.kind`. Empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** One error that lists every problem, one per line and in the order of the files. `details.problems` has them as data. */
export function problemsError(
  code: ErrorCode,
  what: string,
  problems: readonly Problem[],
  hint: string,
): StackctlError {
  const sorted = problems.toSorted(byPlace);
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  const message = [`${what} has ${count}:`, ...sorted.map((problem) => `  ${formatProblem(problem)}`)].join('\n');
  return new StackctlError(code, message, { hint, details: { problems: sorted } });
}

/** `file:line:column field: message; did you mean "x"?` */
export function formatProblem({ file, line, column, origin, field, message, suggestion }: Problem): string {
  const place = file === undefined ? origin : [file, line, column].filter((part) => part !== undefined).join(':');
  const subject = field === '' ? '' : `${field}: `;
  return `${place === undefined ? '' : `${place} `}${subject}${message}${didYouMean(suggestion)}`;
}

/** `services.redis.ports`, for messages. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/** Those of `problems` at places where no other problem was found. */
export function others(problems: readonly Problem[], known: readonly Problem[]): readonly Problem[] {
  return problems.filter((one) => !known.some((other) => byPlace(one, other) === 0));
}

function byPlace(a: Problem, b: Problem): number {
  return (
    (a.file ?? '').localeCompare(b.file ?? '') ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    a.field.localeCompare(b.field)
  );
}
