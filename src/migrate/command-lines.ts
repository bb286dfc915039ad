import type { Service, Stack } from '../stack/contract/model.ts';
import type { RepairChoices } from './repair-choices.ts';

/** Commands as a person types them, for what says what to run next. Pure. */

export function upCommand({
  to,
  allowOutOfOrder = false,
}: {
  to?: bigint | undefined;
  allowOutOfOrder?: boolean;
}): string {
  return [
    'stackctl migrate up',
    ...(to === undefined ? [] : [`--to ${to}`]),
    ...(allowOutOfOrder ? ['--allow-out-of-order'] : []),
  ].join(' ');
}

export function downCommand(stack: Stack, service: Named, to: bigint | undefined): string {
  return ['stackctl migrate down', ...wordsFor(stack, service), ...(to === undefined ? [] : [`--to ${to}`])].join(' ');
}

export function baselineCommand(stack: Stack, service: Named, version: bigint): string {
  return [`stackctl migrate baseline ${version}`, ...wordsFor(stack, service)].join(' ');
}

export function repairCommand({ markApplied, markReverted, statementsDone }: RepairChoices): string {
  return [
    'stackctl migrate repair',
    ...markApplied.map((name) => `--mark-applied ${name}`),
    ...markReverted.map((name) => `--mark-reverted ${name}`),
    ...[...statementsDone].map(([name, done]) => `--statements-done ${name}=${done}`),
  ].join(' ');
}

type Named = Pick<Service, 'name'>;

/** What works on one service asks which one where there are several. */
function wordsFor(stack: Stack, { name }: Named): readonly string[] {
  return stack.migrations.length > 1 ? [name] : [];
}
