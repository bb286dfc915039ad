import { StackctlError } from '../../errors.ts';
import { type DeclaredStatus, declaredDriftIn, declaredStatus } from '../../migrate/declared.ts';
import { migrationHistory } from '../../migrate/history.ts';
import { askEach } from '../../migrate/in-order.ts';
import { driftIn } from '../../migrate/refuse-drift.ts';
import type { MigrateHistory, MigrateStatus } from '../../migrate/report.ts';
import { migrationStatus } from '../../migrate/status.ts';
import { migrateStatusText, SHOWN, unansweredText } from '../../output/migrate.ts';
import { historyText } from '../../output/migrate-history.ts';
import type { CommandModule, Switch } from '../line/command.ts';
import { healLeftovers, splitWords, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningTargets } from './services.ts';

interface StatusFlags {
  readonly check: Switch;
  readonly all: Switch;
  readonly history: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  onServices(command)
    .option('--all', 'show every applied file, however many there are')
    .option('--history', 'also show repairs, baselines, files taken back and files applied out of order')
    .option('--check', 'exit 6 also when something is pending, for CI');
};

/** Pending is an answer like any other; drift is a no, and so is an object that is not valid. */
export const run: CommandModule<StatusFlags>['run'] = async (context, words, { check, all, history }) => {
  const { stackRef, rest } = await splitWords(context, words);
  return withSession(context, stackRef, async (session) => {
    await healLeftovers(session);
    const { migrated: found, declaring } = await runningTargets(session, rest);
    const { stack } = session;
    const until = () => migrationDeadline(context, session);
    const shown = all || context.global.json ? undefined : SHOWN;
    const files = await askEach(found, context.signal, (one) => migrationStatus(stack, one, until(), shown));
    const topics = await askEach(declaring, context.signal, (one) => declaredStatus(stack, one, until()));
    const [services, declared] = [files.answers, topics.answers];
    const answering = found.filter(({ service }) => services.some((one) => one.service === service.name));
    const histories: MigrateHistory[] = [];
    for (const migrated of history ? answering : []) histories.push(await migrationHistory(stack, migrated, until()));
    const unanswered = [...files.unanswered, ...topics.unanswered];
    const texts = [
      ...(services.length + declared.length > 0 || unanswered.length === 0
        ? [migrateStatusText(services, declared, all ? Number.POSITIVE_INFINITY : undefined)]
        : []),
      ...(history ? [historyText(histories)] : []),
      ...(unanswered.length > 0 ? [unansweredText(unanswered)] : []),
    ];
    const answer = {
      data: { services, declared, unanswered, ...(history && { histories }) },
      text: texts.join('\n\n'),
    };
    const failure =
      files.failure ??
      topics.failure ??
      invalidIn(services) ??
      driftIn(services) ??
      unsoundIn(services) ??
      declaredDriftIn(declared) ??
      (check ? pendingIn(services, declared) : undefined);
    return failure === undefined ? answer : { ...answer, failure };
  });
};

function invalidIn(services: readonly MigrateStatus[]): StackctlError | undefined {
  const files = services.flatMap(({ invalid }) => invalid);
  if (files.length === 0) return undefined;
  return new StackctlError(
    'E_MIGRATION_INVALID',
    `not to be applied as written: ${files.map(({ name }) => name).join(', ')}`,
    {
      hint: 'Correct what the table names; stackctl migrate up refuses the file until then.',
      details: { invalid: files },
    },
  );
}

function unsoundIn(services: readonly MigrateStatus[]): StackctlError | undefined {
  const objects = services.flatMap(({ unsound }) => unsound);
  if (objects.length === 0) return undefined;
  return new StackctlError('E_MIGRATION_UNSOUND', `not valid: ${objects.map(({ name }) => name).join(', ')}`, {
    hint: 'Run: stackctl migrate repair',
    details: { unsound: objects },
  });
}

function pendingIn(services: readonly MigrateStatus[], declared: readonly DeclaredStatus[]): StackctlError | undefined {
  const missing = declared.flatMap(({ items }) => items.filter(({ state }) => state === 'missing'));
  const names = [
    ...services.flatMap(({ pending }) => pending.map(({ name }) => name)),
    ...missing.map(({ type, name }) => `${type} ${name}`),
  ];
  if (names.length === 0) return undefined;
  const stuck = services.flatMap(({ pending }) => pending).find(({ next }) => next !== null);
  return new StackctlError('E_MIGRATION_PENDING', `pending: ${names.join(', ')}`, {
    hint: stuck?.next ?? 'Run: stackctl migrate up',
    details: { pending: names },
  });
}
