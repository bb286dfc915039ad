import { Option } from 'commander';
import { defined } from '../../lib/defined.ts';
import {
  applyDeclared,
  type DeclaredStatus,
  declaredStatus,
  leftDriftIn,
  rehearseDeclared,
} from '../../migrate/declared.ts';
import { type Outcome, upToFailure } from '../../migrate/in-order.ts';
import { runPending } from '../../migrate/run-pending.ts';
import { planPending } from '../../migrate/status.ts';
import { migratePlanText, migrateReportText, notTriedText, rehearsalText } from '../../output/migrate.ts';
import { declaredPlanText, declaredRehearsalText, declaredReportText } from '../../output/migrate-declared.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningInOrder, VERBOSE, version } from './services.ts';

interface UpFlags {
  readonly dryRun: 'print' | 'rollback' | undefined;
  readonly to: bigint | undefined;
  readonly allowOutOfOrder: Switch;
  readonly verbose: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option('--to <version>', 'the last version to apply; without it, all', version)
    .option('--allow-out-of-order', 'apply a new file although a higher version is applied; the ledger records it')
    .option('--verbose', VERBOSE)
    .addOption(
      new Option('--dry-run [how]', 'print what would be done, or do it in a transaction that is rolled back')
        .choices(['print', 'rollback'])
        .preset('print'),
    );
};

export const run: CommandModule<UpFlags>['run'] = async (context, words, flags) => {
  const { stackRef, rest } = await splitWords(context, words);
  const asked = { words: rest, flags };
  if (flags.dryRun === 'print') return withSession(context, stackRef, (session) => plan(context, session, asked));
  if (flags.dryRun === 'rollback')
    return withLockedSession(context, stackRef, 'migrate up', (session) => rehearse(context, session, asked));
  return withLockedSession(context, stackRef, 'migrate up', (session) => apply(context, session, asked));
};

interface Asked {
  readonly words: readonly string[];
  readonly flags: UpFlags;
}

async function apply(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { stack, emit } = session;
  const outcome = await upToFailure(await runningInOrder(session, asked.words), context.signal, async (target) => {
    const signal = migrationDeadline(context, session);
    if (target.type === 'declared') return declaredPart(await applyDeclared(stack, target, signal), declaredReportText);
    const report = await runPending(stack, target, {
      ...rangeOf(asked),
      verbose: asked.flags.verbose === true,
      signal,
      emit,
      random: Math.random,
    });
    return filesPart(report, migrateReportText);
  });
  return resultOf(outcome, {});
}

async function plan(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { stack } = session;
  const parts: Part[] = [];
  for (const target of await runningInOrder(session, asked.words)) {
    const signal = migrationDeadline(context, session);
    parts.push(
      target.type === 'declared'
        ? declaredPart(await declaredStatus(stack, target, signal), declaredPlanText)
        : filesPart(await planPending(stack, target, { ...rangeOf(asked), signal }), migratePlanText),
    );
  }
  const { data, text } = resultOf({ done: parts, failure: undefined, notTried: [] }, { dryRun: true });
  // What `up` would leave is shown, and no no: nothing was asked for yet.
  return { data, text };
}

async function rehearse(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { rehearsePending } = await import('../../migrate/rehearse.ts');
  const { stack, emit } = session;
  const targets = (await runningInOrder(session, asked.words)).filter((target) => {
    if (target.type === 'declared' || target.migrator.withoutTransactions !== true || asked.words.length > 0)
      return true;
    emit({ type: 'note', text: `${target.service.name}: left out, it has no transactions for schemas to roll back` });
    return false;
  });
  const outcome = await upToFailure(targets, context.signal, async (target) => {
    const signal = migrationDeadline(context, session);
    if (target.type === 'declared')
      return declaredPart(await rehearseDeclared(stack, target, signal), declaredRehearsalText);
    return filesPart(await rehearsePending(stack, target, { ...rangeOf(asked), signal, emit }), rehearsalText);
  });
  return resultOf(outcome, { dryRun: true });
}

/** What was done to one service, for `data` and for people. */
interface Part {
  readonly files?: { readonly service: string };
  readonly declared?: DeclaredStatus;
  readonly text: string;
}

function filesPart<T extends { readonly service: string }>(report: T, textOf: (all: readonly T[]) => string): Part {
  return { files: report, text: textOf([report]) };
}

function declaredPart(status: DeclaredStatus, textOf: (all: readonly DeclaredStatus[]) => string): Part {
  return { declared: status, text: textOf([status]) };
}

/** @throws the failure where nothing else is to be told. */
function resultOf({ done, failure, notTried }: Outcome<Part>, more: { readonly dryRun?: true }): CommandResult {
  if (failure !== undefined && done.length + notTried.length === 0) throw failure;
  const declared = done.flatMap((part) => part.declared ?? []);
  const lines = [...done.map(({ text }) => text), notTriedText(notTried)].filter((text) => text !== '');
  return {
    data: { ...more, services: done.flatMap(({ files }) => files ?? []), declared, notTried },
    text: lines.join('\n') || 'no migrations',
    ...defined({ failure: failure ?? leftDriftIn(declared) }),
  };
}

function rangeOf({ flags: { to, allowOutOfOrder } }: Asked) {
  return { ...(to !== undefined && { to }), allowOutOfOrder: allowOutOfOrder === true };
}
