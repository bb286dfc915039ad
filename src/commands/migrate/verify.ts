import { StackctlError } from '../../errors.ts';
import { driftIn } from '../../migrate/refuse-drift.ts';
import { type VerifyReport, verifyService } from '../../migrate/verify.ts';
import { verifyText } from '../../output/migrate-verify.ts';
import type { CommandModule, Switch } from '../line/command.ts';
import { splitWords, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices } from './services.ts';

interface VerifyFlags {
  readonly shadow: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command).option(
    '--shadow',
    'also apply the files to an empty database of its own, and compare the schemas',
  );
};

export const run: CommandModule<VerifyFlags>['run'] = async (context, words, { shadow = false }) => {
  const { stackRef, rest } = await splitWords(context, words);
  return withSession(context, stackRef, async (session) => {
    const services: VerifyReport[] = [];
    for (const migrated of await runningServices(session, rest)) {
      const signal = migrationDeadline(context, session);
      services.push(await verifyService(session.stack, migrated, { signal, emit: session.emit, shadow }));
    }
    const answer = { data: { services }, text: verifyText(services) };
    const failure = driftIn(services) ?? failureIn(services);
    return failure === undefined ? answer : { ...answer, failure };
  });
};

function failureIn(services: readonly VerifyReport[]): StackctlError | undefined {
  const unsound = services.flatMap((one) => one.unsound);
  if (unsound.length > 0) {
    return new StackctlError('E_MIGRATION_UNSOUND', `not valid: ${unsound.map(({ name }) => name).join(', ')}`, {
      hint: 'Run: stackctl migrate repair',
      details: { unsound },
    });
  }
  const failed = services.flatMap(({ checks }) => checks.filter(({ reason }) => reason !== null));
  if (failed.length > 0) {
    return new StackctlError('E_MIGRATION_UNVERIFIED', `${failed.length} of the checks do not hold`, {
      hint: 'Each is a statement of a section `-- stackctl: verify`. Correct the data or the schema in a new migration: stackctl migrate new',
      details: { failed },
    });
  }
  const differing = services.filter(({ shadow }) => (shadow?.differences.length ?? 0) > 0);
  if (differing.length === 0) return undefined;
  const names = differing.map(({ service }) => service);
  return new StackctlError('E_MIGRATION_UNVERIFIED', `the schema of ${names.join(', ')} is not what the files make`, {
    hint: 'Write a migration that makes what is extra or takes it away, and one for what is missing: stackctl migrate new',
    details: { services: names },
  });
}
