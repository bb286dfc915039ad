import { planRevert, revert } from '../../migrate/revert.ts';
import { revertPlanText, revertQuestion, revertReportText } from '../../output/migrate-down.ts';
import type { CommandModule, Switch } from '../line/command.ts';
import { splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningService, VERBOSE, version } from './services.ts';

interface DownFlags {
  readonly to: bigint | undefined;
  readonly dryRun: Switch;
  readonly verbose: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option(
      '--to <version>',
      'the last version that stays, 0 for none; without it, only the last file is taken back',
      version,
    )
    .option('--verbose', VERBOSE)
    .option('--dry-run', 'print what would be done, and stop');
};

const ONE = { command: 'migrate down', lastFirst: true } as const;

/** Asks before the lock is taken; what is done is found again under it. */
export const run: CommandModule<DownFlags>['run'] = async (context, words, { to, dryRun, verbose }) => {
  const { stackRef, rest } = await splitWords(context, words);
  const plan = await withSession(context, stackRef, async (session) =>
    planRevert(session.stack, await runningService(session, rest, ONE), {
      to,
      signal: migrationDeadline(context, session),
    }),
  );
  if (dryRun || plan.steps.length === 0)
    return { data: { dryRun: dryRun === true, ...plan }, text: revertPlanText(plan) };
  await context.confirm(revertQuestion(plan));
  const expected = plan.steps.map(({ name }) => name);
  return withLockedSession(context, stackRef, 'migrate down', async (session) => {
    const { stack, emit } = session;
    const signal = migrationDeadline(context, session);
    const report = await revert(stack, await runningService(session, rest, ONE), {
      to,
      expected,
      verbose: verbose === true,
      signal,
      emit,
    });
    return { data: report, text: revertReportText(report) };
  });
};
