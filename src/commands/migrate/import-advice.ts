import { errorText, StackctlError } from '../../errors.ts';
import { deadline } from '../../lib/poll.ts';
import { shellWord } from '../../lib/quote.ts';
import { type BaselineAdvice, baselineAdvice } from '../../migrate/import/baseline.ts';
import type { ImportPlan } from '../../migrate/import/plan.ts';
import type { LedgerState } from '../../stack/contract/ledger.ts';
import type { MigratorCapability } from '../../stack/contract/migrate.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import { isPresent } from '../../stack/derived/present.ts';
import type { CommandContext } from '../line/command.ts';
import { withSession } from '../session/session.ts';
import type { ImportTarget } from './import-target.ts';

/** A server that runs answers sooner. */
const ANSWER_MS = 5000;

/** In stackctl's own ledger, and not in effect. */
const UNDONE: readonly LedgerState[] = ['running', 'failed', 'reverted'];

/** What the database says that the tool has applied already. */
export interface Asked {
  /** It runs and has answered. */
  readonly answered: boolean;
  /** Undefined: it does not run, or has no ledger of the tool. */
  readonly advice?: BaselineAdvice | undefined;
}

/** One that cannot be asked is a finding, too: importing files must not fail for it. */
export async function readAdvice(
  context: CommandContext,
  stackRef: string | undefined,
  { service, migrator }: ImportTarget,
  plan: ImportPlan,
): Promise<Asked> {
  const { foreignLedgers } = migrator;
  if (foreignLedgers === undefined) return { answered: false };
  try {
    return await withSession({ ...context, emit: () => undefined }, stackRef, async ({ stack, runtime }) => {
      const present = (await runtime.observe()).filter(isPresent).map(({ name }) => name);
      const now = stack.services.find(({ name }) => name === service.name);
      if (now === undefined || !now.instances.some(({ name }) => present.includes(name))) return { answered: false };
      const ledgers = await foreignLedgers({ stack, service: now });
      const entered = ledgers.length === 0 ? [] : await enteredFiles(migrator, { stack, service: now }, context.signal);
      return { answered: true, advice: baselineAdvice(plan, ledgers, entered) };
    });
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (error instanceof StackctlError && error.code === 'E_PROJECT_NOT_FOUND') return { answered: false };
    const finding = `${service.name} cannot be asked what ${plan.tool} has applied: ${errorText(error)}`;
    return { answered: false, advice: { finding, version: undefined } };
  }
}

/** The files that stackctl's own ledger has, by their names. */
async function enteredFiles(
  migrator: MigratorCapability,
  input: ServiceInput,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const session = await migrator.connect(input, deadline(ANSWER_MS, signal));
  try {
    return (await session.applied()).filter(({ state }) => !UNDONE.includes(state)).map(({ name }) => `${name}.sql`);
  } finally {
    await session.close();
  }
}

/**
 * The last lines of an import.
 * @param stackRef as it was typed, for the commands to run next.
 * @param isWritten all files are in the target: until then nothing else can come next.
 */
export function adviceLines(
  { answered, advice }: Asked,
  { tool, steps }: ImportPlan,
  { stackRef, isWritten }: { readonly stackRef: string | undefined; readonly isWritten: boolean },
): readonly string[] {
  const at = stackRef === undefined ? '' : ` ${shellWord(stackRef)}`;
  const then = (command: string) => `Next: ${isWritten ? command : 'the same command without --dry-run'}`;
  if (advice?.version !== undefined)
    return [`${advice.finding}.`, then(`stackctl migrate baseline ${advice.version}${at}`)];
  if (advice !== undefined) return [`${advice.finding}.`];
  const next = then(`stackctl up${at}`);
  const [first] = steps;
  if (tool !== 'pg_dump' && answered)
    return [`The database has no table in which ${tool} notes what it has applied.`, next];
  if (tool !== 'pg_dump' || first === undefined)
    return [
      next,
      `If a database has them already: import again while it runs, and the last lines say what ${tool} has applied in it.`,
    ];
  const number = /^\d+/.exec(first.target)?.[0] ?? '';
  return [next, `If a database has this schema already: stackctl migrate baseline ${number}${at}`];
}
