import { InvalidArgumentError } from 'commander';
import { StackctlError } from '../../errors.ts';
import { baseline, planBaseline } from '../../migrate/baseline.ts';
import { baselineText } from '../../output/migrate-down.ts';
import type { CommandModule } from '../line/command.ts';
import { splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningService, version } from './services.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('<version>', 'the last version that the database has already, e.g. 0007');
  onServices(command);
};

export const run: CommandModule['run'] = async (context, [word = '', ...words]) => {
  const last = versionOf(word);
  const one = { command: `migrate baseline ${word}` };
  const { stackRef, rest } = await splitWords(context, words);
  const names = await withSession(context, stackRef, async (session) => {
    const signal = migrationDeadline(context, session);
    return planBaseline(session.stack, await runningService(session, rest, one), { version: last, signal });
  });
  if (names.length > 0)
    await context.confirm(
      `Enter ${names.join(', ')} as applied without running ${names.length === 1 ? 'it' : 'them'}?`,
    );
  return withLockedSession(context, stackRef, 'migrate baseline', async (session) => {
    const { stack, emit } = session;
    const signal = migrationDeadline(context, session);
    const report = await baseline(stack, await runningService(session, rest, one), {
      version: last,
      expected: names,
      signal,
      emit,
    });
    return { data: report, text: baselineText(report) };
  });
};

function versionOf(word: string): bigint {
  try {
    return version(word);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new StackctlError('E_USAGE', `"${word}" is not a version`, { hint: error.message });
  }
}
