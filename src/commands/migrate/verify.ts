import { StackctlError } from '../../errors.ts';
import type { MigratedService } from '../../migrate/folder.ts';
import { askEach } from '../../migrate/in-order.ts';
import { driftIn } from '../../migrate/refuse-drift.ts';
import { type VerifyReport, verifyService } from '../../migrate/verify.ts';
import { unansweredText } from '../../output/migrate.ts';
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
    const found = await runningServices(session, rest);
    const {
      answers,
      unanswered,
      failure: silent,
    } = await askEach(found, context.signal, (migrated) => {
      const signal = migrationDeadline(context, session);
      const options = { signal, emit: session.emit, shadow: shadow && (rest.length > 0 || hasShadow(migrated)) };
      return verifyService(session.stack, migrated, options);
    });
    const texts = [
      ...(answers.length > 0 || unanswered.length === 0 ? [verifyText(answers)] : []),
      ...(unanswered.length > 0 ? [unansweredText(unanswered)] : []),
    ];
    const answer = { data: { services: answers, unanswered }, text: texts.join('\n') };
    const failure = silent ?? driftIn(answers) ?? failureIn(answers);
    return failure === undefined ? answer : { ...answer, failure };
  });
};

/** What has none is left out, unless it was named. */
function hasShadow({ migrator }: MigratedService): boolean {
  return migrator.shadow !== undefined;
}

function failureIn(services: readonly VerifyReport[]): StackctlError | undefined {
  const unsound = services.flatMap((one) => one.unsound);
  if (unsound.length > 0) {
    return new StackctlError('E_MIGRATION_UNSOUND', `not valid: ${unsound.map(({ name }) => name).join(', ')}`, {
      hint: 'Run: stackctl migrate repair',
      details: { unsound },
    });
  }
  const failed = services.flatMap(({ checks }) => checks.filter(({ reason }) => reason !== null));
  const differing = services
    .filter(({ shadow }) => (shadow?.differences.length ?? 0) > 0)
    .map(({ service }) => service);
  const parts = [
    ...(failed.length === 0
      ? []
      : [failed.length === 1 ? 'a check does not hold' : `${failed.length} checks do not hold`]),
    ...(differing.length === 0 ? [] : [`the schema of ${differing.join(', ')} is not what the files make`]),
  ];
  if (parts.length === 0) return undefined;
  return new StackctlError('E_MIGRATION_UNVERIFIED', parts.join('; '), {
    hint: 'Correct the data or the schema in a new migration: stackctl migrate new TITLE; what was made by hand may go into one as it is.',
    details: { failed, services: differing },
  });
}
