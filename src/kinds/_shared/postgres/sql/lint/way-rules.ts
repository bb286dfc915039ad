import type { LintFinding, LintPart } from '../../../../../stack/contract/lint.ts';
import type { SqlPiece } from '../../../../../stack/contract/migrate.ts';
import type { NormalForm } from '../normal-form.ts';
import { cannotTell, canRunAgain, isOwnTransactions, runsBare } from '../running/repeatable.ts';

interface Read {
  readonly statement: SqlPiece;
  readonly form: NormalForm;
  readonly offset: number;
}

/** What follows from the way in which the statements are run: in one transaction, or one by one. Pure. */
export function wayRules(statements: readonly Read[], part: LintPart): readonly LintFinding[] {
  return part.transactional ? validations(statements) : [...alone(statements), ...stepwise(statements, part)];
}

/** The lock of ADD CONSTRAINT is held until the end, so that NOT VALID has gained nothing. */
function validations(statements: readonly Read[]): readonly LintFinding[] {
  const added = new Set<string>();
  return statements.flatMap(({ form: { text }, offset }): readonly LintFinding[] => {
    for (const [, name = ''] of text.matchAll(/ADD CONSTRAINT (\S+) (?=[^,]*NOT VALID)/g)) added.add(name);
    const validated = [...text.matchAll(/VALIDATE CONSTRAINT (\S+)/g)].some(([, name = '']) => added.has(name));
    if (!validated) return [];
    return [
      {
        offset,
        rule: 'validation-in-one-transaction',
        level: 'warning',
        message: 'every row is checked under the lock of ADD CONSTRAINT, which is held until the end of the file',
        instead: 'VALIDATE CONSTRAINT in a file of its own',
      },
    ];
  });
}

function alone(statements: readonly Read[]): readonly LintFinding[] {
  const second = statements[1];
  if (second === undefined) return [];
  return [
    {
      offset: second.offset,
      rule: 'several-steps',
      level: 'warning',
      message: 'without a transaction the statements before one that fails stay in effect',
      instead: 'one statement in a file',
    },
  ];
}

function stepwise(statements: readonly Read[], { once, lockTimeoutMs }: LintPart): readonly LintFinding[] {
  return statements.flatMap(({ statement, form: { text }, offset }) => [
    ...(once || !runsBare(statement) || canRunAgain(statement) ? [] : [{ ...notRepeatable(statement), offset }]),
    ...(lockTimeoutMs > 0 && / CONCURRENTLY\b/.test(text) ? [{ ...BOUNDED, offset }] : []),
  ]);
}

function notRepeatable(statement: SqlPiece): Omit<LintFinding, 'offset'> {
  const rule = { rule: 'not-repeatable', level: 'warning' } as const;
  const unknown = 'after an interruption it may be in effect without an entry in the ledger';
  if (!cannotTell(statement)) {
    return {
      ...rule,
      message: `${unknown}, and fails when it is run again`,
      instead: 'IF NOT EXISTS or IF EXISTS, where the statement has it',
    };
  }
  return {
    ...rule,
    message: `${unknown}, and is not run again until somebody says whether it is`,
    instead: isOwnTransactions(statement)
      ? 'a file in a transaction, where the code commits nothing itself'
      : 'give the index a name, with IF NOT EXISTS',
  };
}

const BOUNDED: Omit<LintFinding, 'offset'> = {
  rule: 'bounded-wait',
  level: 'warning',
  message: 'it waits for every older transaction, and a time limit leaves an index behind that is not valid',
  instead: 'no lock_timeout',
};
