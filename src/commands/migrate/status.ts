import { driftIn } from '../../migrate/refuse-drift.ts';
import type { MigrateStatus } from '../../migrate/report.ts';
import { migrationStatus } from '../../migrate/status.ts';
import { migrateStatusText } from '../../output/migrate.ts';
import type { CommandModule } from '../line/command.ts';
import { healLeftovers, splitWords, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices } from './services.ts';

export const configure: CommandModule['configure'] = (command) => {
  onServices(command);
};

/** Pending is an answer like any other; drift is a no. */
export const run: CommandModule['run'] = async (context, words) => {
  const { stackRef, rest } = await splitWords(context, words);
  return withSession(context, stackRef, async (session) => {
    await healLeftovers(session);
    const services: MigrateStatus[] = [];
    for (const migrated of await runningServices(session, rest)) {
      services.push(await migrationStatus(session.stack, migrated, migrationDeadline(context, session)));
    }
    const answer = { data: { services }, text: migrateStatusText(services) };
    const failure = driftIn(services);
    return failure === undefined ? answer : { ...answer, failure };
  });
};
