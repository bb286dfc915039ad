import { Option } from 'commander';
import { runPending } from '../../migrate/run-pending.ts';
import { planPending } from '../../migrate/status.ts';
import { migratePlanText, migrateReportText, rehearsalText } from '../../output/migrate.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices, version } from './services.ts';

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
  const reports = [];
  for (const migrated of await runningServices(session, asked.words)) {
    const signal = migrationDeadline(context, session);
    reports.push(await runPending(stack, migrated, { ...rangeOf(asked), signal, emit, random: Math.random }));
  }
  return { data: { services: reports }, text: migrateReportText(reports) };
}

async function plan(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const plans = [];
  for (const migrated of await runningServices(session, asked.words)) {
    const signal = migrationDeadline(context, session);
    plans.push(await planPending(session.stack, migrated, { ...rangeOf(asked), signal }));
  }
  return { data: { dryRun: true, services: plans }, text: migratePlanText(plans) };
}

async function rehearse(context: CommandContext, session: OpenSession, asked: Asked): Promise<CommandResult> {
  const { rehearsePending } = await import('../../migrate/rehearse.ts');
  const { stack, emit } = session;
  const reports = [];
  for (const migrated of await runningServices(session, asked.words)) {
    const signal = migrationDeadline(context, session);
    reports.push(await rehearsePending(stack, migrated, { ...rangeOf(asked), signal, emit }));
  }
  return { data: { dryRun: true, services: reports }, text: rehearsalText(reports) };
}

function rangeOf({ flags: { to, allowOutOfOrder } }: Asked) {
  return { ...(to !== undefined && { to }), allowOutOfOrder: allowOutOfOrder === true };
}
