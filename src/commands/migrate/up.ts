import { runPending } from '../../migrate/run-pending.ts';
import { planPending } from '../../migrate/status.ts';
import { migratePlanText, migrateReportText } from '../../output/migrate.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { type OpenSession, splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices, version } from './services.ts';

interface UpFlags {
  readonly dryRun: Switch;
  readonly to: bigint | undefined;
  readonly allowOutOfOrder: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option('--to <version>', 'the last version to apply; without it, all', version)
    .option('--allow-out-of-order', 'apply a new file although a higher version is applied; the ledger records it')
    .option('--dry-run', 'print what would be done, and stop');
};

export const run: CommandModule<UpFlags>['run'] = async (context, words, flags) => {
  const { stackRef, rest } = await splitWords(context, words);
  if (flags.dryRun) return withSession(context, stackRef, (session) => plan(context, session, { words: rest, flags }));
  return withLockedSession(context, stackRef, 'migrate up', (session) =>
    apply(context, session, { words: rest, flags }),
  );
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

function rangeOf({ flags: { to, allowOutOfOrder } }: Asked) {
  return { ...(to !== undefined && { to }), allowOutOfOrder: allowOutOfOrder === true };
}
