import { Argument } from 'commander';
import { StackctlError } from '../errors.ts';
import { deadline } from '../lib/poll.ts';
import { type MigratedService, readMigrations } from '../migrate/folder.ts';
import { driftIn } from '../migrate/refuse-drift.ts';
import type { MigrateStatus } from '../migrate/report.ts';
import { runPending } from '../migrate/run-pending.ts';
import { migrationStatus, planPending } from '../migrate/status.ts';
import { migratePlanText, migrateReportText, migrateStatusText } from '../output/migrate.ts';
import { serviceOf } from '../stack/contract/model.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from './line/command.ts';
import { timeoutOption } from './line/options.ts';
import { healLeftovers, type OpenSession, splitWords, withLockedSession, withSession } from './session/session.ts';

interface MigrateFlags {
  readonly dryRun: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .addArgument(
      new Argument('<action>', 'up: apply what is pending; status: what is applied').choices(['up', 'status']),
    )
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .argument('[services...]', 'only these services; without any, all that have migrations')
    .option('--dry-run', 'with up: print what would be done, and stop')
    .addOption(timeoutOption("longest wait for each service; without it, the stack's readiness.timeout"));
};

export const run: CommandModule<MigrateFlags>['run'] = async (context, [action, ...words], flags) => {
  const { stackRef, rest } = await splitWords(context, words);
  if (action === 'status') return withSession(context, stackRef, (session) => status(context, session, rest));
  if (flags.dryRun) return withSession(context, stackRef, (session) => dryRun(context, session, rest));
  return withLockedSession(context, stackRef, 'migrate up', (session) => migrateUp(context, session, rest));
};

async function migrateUp(
  context: CommandContext,
  session: OpenSession,
  words: readonly string[],
): Promise<CommandResult> {
  const { stack, emit } = session;
  const reports = [];
  for (const migrated of await runningServices(session, words)) {
    reports.push(
      await runPending(stack, migrated, { signal: migrationDeadline(context, session), emit, random: Math.random }),
    );
  }
  return { data: { services: reports }, text: migrateReportText(reports) };
}

async function dryRun(context: CommandContext, session: OpenSession, words: readonly string[]): Promise<CommandResult> {
  const plans = [];
  for (const migrated of await runningServices(session, words)) {
    plans.push(await planPending(session.stack, migrated, migrationDeadline(context, session)));
  }
  return { data: { dryRun: true, services: plans }, text: migratePlanText(plans) };
}

/** Pending is an answer like any other; drift is a no. */
async function status(context: CommandContext, session: OpenSession, words: readonly string[]): Promise<CommandResult> {
  await healLeftovers(session);
  const services: MigrateStatus[] = [];
  for (const migrated of await runningServices(session, words)) {
    services.push(await migrationStatus(session.stack, migrated, migrationDeadline(context, session)));
  }
  const answer = { data: { services }, text: migrateStatusText(services) };
  const failure = driftIn(services);
  return failure === undefined ? answer : { ...answer, failure };
}

function migrationDeadline({ global, signal }: CommandContext, { stack }: OpenSession): AbortSignal {
  return deadline(global.timeoutMs ?? stack.readiness.timeoutMs, signal);
}

/** The services that have migrations, all of them found to run. */
async function runningServices(
  { stack, runtime }: OpenSession,
  words: readonly string[],
): Promise<readonly MigratedService[]> {
  const known = stack.migrations.map(({ service }) => service);
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined) {
    throw new StackctlError('E_INSTANCE_NOT_FOUND', `no service "${unknown}" with migrations in ${stack.name}`, {
      hint: known.length === 0 ? 'This stack has no migrations.' : `It has them for: ${known.join(', ')}.`,
    });
  }
  const chosen = readMigrations(stack, words.length === 0 ? undefined : words);
  const running = (await runtime.observe()).filter(({ state }) => state === 'running').map(({ name }) => name);
  for (const { service } of chosen) {
    if (serviceOf(stack, service.name).instances.some(({ name }) => running.includes(name))) continue;
    throw new StackctlError('E_NOT_RUNNING', `${service.name} does not run`, { hint: 'stackctl up' });
  }
  return chosen;
}
