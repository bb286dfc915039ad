import { runPending } from '../../migrate/run-pending.ts';
import { planPending } from '../../migrate/status.ts';
import { migratePlanText, migrateReportText } from '../../output/migrate.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices } from './services.ts';

interface UpFlags {
  readonly dryRun: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command).option('--dry-run', 'print what would be done, and stop');
};

export const run: CommandModule<UpFlags>['run'] = async (context, words, { dryRun }) => {
  const { stackRef, rest } = await splitWords(context, words);
  if (dryRun) return withSession(context, stackRef, (session) => plan(context, session, rest));
  return withLockedSession(context, stackRef, 'migrate up', (session) => apply(context, session, rest));
};

async function apply(context: CommandContext, session: OpenSession, words: readonly string[]): Promise<CommandResult> {
  const { stack, emit } = session;
  const reports = [];
  for (const migrated of await runningServices(session, words)) {
    reports.push(
      await runPending(stack, migrated, { signal: migrationDeadline(context, session), emit, random: Math.random }),
    );
  }
  return { data: { services: reports }, text: migrateReportText(reports) };
}

async function plan(context: CommandContext, session: OpenSession, words: readonly string[]): Promise<CommandResult> {
  const plans = [];
  for (const migrated of await runningServices(session, words)) {
    plans.push(await planPending(session.stack, migrated, migrationDeadline(context, session)));
  }
  return { data: { dryRun: true, services: plans }, text: migratePlanText(plans) };
}
