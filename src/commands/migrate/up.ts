import { Option } from 'commander';
import { applyDeclared, declaredStatus, leftDriftIn } from '../../migrate/declared.ts';
import { runPending } from '../../migrate/run-pending.ts';
import { planPending } from '../../migrate/status.ts';
import { migratePlanText, migrateReportText, rehearsalText } from '../../output/migrate.ts';
import { declaredPlanText, declaredReportText } from '../../output/migrate-declared.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices, runningTargets, version } from './services.ts';

interface UpFlags {
  readonly dryRun: 'print' | 'rollback' | undefined;
  readonly to: bigint | undefined;
  readonly allowOutOfOrder: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option('--to <version>', 'the last version to apply; without it, all', version)
    .option('--allow-out-of-order', 'apply a new file although a higher version is applied; the ledger records it')
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
  const { migrated: found, declaring } = await runningTargets(session, asked.words);
  const reports = [];
  for (const migrated of found) {
    const signal = migrationDeadline(context, session);
    reports.push(await runPending(stack, migrated, { ...rangeOf(asked), signal, emit, random: Math.random }));
  }
  const declared = [];
  for (const one of declaring) declared.push(await applyDeclared(stack, one, migrationDeadline(context, session)));
  const answer = {
    data: { services: reports, declared },
    text: joined(reports.length === 0 ? '' : migrateReportText(reports), declaredReportText(declared)),
  };
  const failure = leftDriftIn(declared);
  return failure === undefined ? answer : { ...answer, failure };
}

async function plan(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { migrated: found, declaring } = await runningTargets(session, asked.words);
  const plans = [];
  for (const migrated of found) {
    const signal = migrationDeadline(context, session);
    plans.push(await planPending(session.stack, migrated, { ...rangeOf(asked), signal }));
  }
  const declared = [];
  for (const one of declaring)
    declared.push(await declaredStatus(session.stack, one, migrationDeadline(context, session)));
  const text = joined(plans.length === 0 ? '' : migratePlanText(plans), declaredPlanText(declared));
  return { data: { dryRun: true, services: plans, declared }, text };
}

async function rehearse(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { rehearsePending } = await import('../../migrate/rehearse.ts');
  const { stack, emit } = session;
  const reports = [];
  for (const migrated of await runningServices(session, asked.words)) {
    const { service, migrator } = migrated;
    if (migrator.withoutTransactions === true && asked.words.length === 0) {
      emit({ type: 'note', text: `${service.name}: left out, it has no transactions for schemas to roll back` });
      continue;
    }
    const signal = migrationDeadline(context, session);
    reports.push(await rehearsePending(stack, migrated, { ...rangeOf(asked), signal, emit }));
  }
  return { data: { dryRun: true, services: reports }, text: rehearsalText(reports) };
}

/** A stack may have neither, or one of them. */
function joined(migrations: string, declared: string): string {
  return [migrations, declared].filter((text) => text !== '').join('\n') || 'no migrations';
}

function rangeOf({ flags: { to, allowOutOfOrder } }: Asked) {
  return { ...(to !== undefined && { to }), allowOutOfOrder: allowOutOfOrder === true };
}
