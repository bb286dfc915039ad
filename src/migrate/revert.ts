import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { step } from '../lib/events.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { downCommand } from './command-lines.ts';
import { type AppliedEntry, compare, type Pending } from './compare.ts';
import type { MigrationPart } from './content.ts';
import type { MigrationFile } from './file.ts';
import { contentOf, type MigratedService } from './folder.ts';
import { downStopped, halfReverted, halfRevertedIn, waysOn } from './half-reverted.ts';
import { type NamingOptions, nameLifted } from './lifted.ts';
import { refuseDrift } from './refuse-drift.ts';
import { refuseOther } from './refuse-other.ts';
import type { RevertPlan, RevertReport } from './report.ts';
import { retryBlocked, sayBlocked } from './retry.ts';
import { withMigrationSession } from './session.ts';
import { type LockOptions, takeTurn } from './turn.ts';
import { unfinished, unfinishedIn } from './unfinished.ts';

/** The last version that stays; undefined: all but the last one. */
type StaysUpTo = bigint | undefined;

/** What `revert` would do now, the last file first. Changes nothing. @throws as `revert`. */
export async function planRevert(
  stack: Stack,
  migrated: MigratedService,
  { to, signal }: { readonly to: StaysUpTo; readonly signal: AbortSignal },
): Promise<RevertPlan> {
  const about = { signal, command: downCommand(stack, migrated.service, to) };
  return withMigrationSession(stack, migrated, about, async (session) => {
    const steps = await stepsNow(stack, migrated, { session, to });
    return {
      service: migrated.service.name,
      steps: steps.map(({ file, down, begun }) => {
        return {
          name: file.name,
          reason: begun === undefined ? null : downStopped(begun.statementsDone),
          transactional: down.transactional,
          statements: down.statements.map(({ text }) => text),
        };
      }),
    };
  });
}

export interface RevertOptions extends LockOptions, NamingOptions {
  readonly to: StaysUpTo;
  /** Names of the files that were confirmed, in the order of the plan. */
  readonly expected: readonly string[];
  /** From 0 up to 1, for the wait between two attempts. */
  readonly random?: () => number;
}

/**
 * Takes back the files above a version, or the last one, each by its section `down`, the last one first. One whose down
 * part stopped half-way counts as the last one, and goes on.
 * @throws E_MIGRATION_UNAVAILABLE before anything is changed, when one of them has no such section or the server has no way;
 * E_DRIFT, E_LOCKED, E_MIGRATION_BLOCKED, E_MIGRATION_FAILED: what was taken back before stays so.
 */
export async function revert(
  stack: Stack,
  migrated: MigratedService,
  { to, expected, ...options }: RevertOptions,
): Promise<RevertReport> {
  const { service } = migrated;
  const about = { signal: options.signal, command: downCommand(stack, service, to) };
  return withMigrationSession(stack, migrated, about, async (session) => {
    await takeTurn(service, session, options);
    const reverted: { name: string; durationMs: number }[] = [];
    const steps = await stepsNow(stack, migrated, { session, to });
    refuseOther(
      steps.map(({ file }) => file.name),
      expected,
    );
    if (steps.length > 0) await nameLifted(service, session, options);
    for (const one of steps) {
      const { file } = one;
      options.signal.throwIfAborted();
      const durationMs = await step(
        options.emit,
        { id: `revert:${service.name}:${file.name}`, title: `${service.name}: take back ${file.name}` },
        (progress) => revertOne(session, one, { ...options, progress }),
        () => ({ state: 'done' }),
      );
      reverted.push({ name: file.name, durationMs });
    }
    return { service: service.name, reverted };
  });
}

interface RevertStep {
  readonly file: MigrationFile;
  readonly down: MigrationPart;
  /** An earlier run has begun with it. */
  readonly begun: Pending | undefined;
}

async function stepsNow(
  stack: Stack,
  { service, files }: MigratedService,
  { session, to }: { readonly session: MigrationSession; readonly to: StaysUpTo },
): Promise<readonly RevertStep[]> {
  if (session.revert === undefined) throw noWay(service.name);
  // A file that is not applied yet is no reason to keep one that is.
  const { applied, pending, drifted } = compare(files, await session.applied(), { allowOutOfOrder: true });
  refuseDrift(service.name, drifted);
  const unfinishedUps = unfinishedIn(pending);
  if (unfinishedUps.length > 0) throw unfinished(unfinishedUps.map(({ file }) => file.name));
  const half = halfRevertedIn(pending);
  const stays = half.filter(({ file }) => to !== undefined && file.version <= to);
  if (stays.length > 0) throw halfReverted(stack, service, stays);
  const chosen = chooseSteps(files, { applied, half, to });
  const without = chosen.filter(({ down }) => down === undefined);
  const [lost] = without.filter(({ begun }) => begun !== undefined);
  if (lost !== undefined) throw lostDown(lost.file, waysOn(stack, service, lost.file.name));
  if (without.length > 0) throw noDown(without.map(({ file }) => file));
  return chosen.flatMap(({ down, ...rest }) => (down === undefined ? [] : [{ ...rest, down }]));
}

interface Known {
  readonly applied: readonly AppliedEntry[];
  /** In the order of their versions. */
  readonly half: readonly Pending[];
  readonly to: StaysUpTo;
}

/** What is taken back in part comes first, and then the newest version. */
function chooseSteps(files: readonly MigrationFile[], { applied, half, to }: Known) {
  const names = new Set(applied.map(({ name }) => name));
  const begun = new Map(half.map((item) => [item.file.name, item]));
  const newestFirst = [
    ...half.map(({ file }) => file).toReversed(),
    ...files.filter(({ name }) => names.has(name)).toReversed(),
  ];
  const chosen = to === undefined ? newestFirst.slice(0, 1) : newestFirst.filter(({ version }) => version > to);
  return chosen.map((file) => ({ file, down: contentOf(file).down, begun: begun.get(file.name) }));
}

type Progressing = Pick<RevertOptions, 'signal' | 'random' | 'emit'> & { readonly progress: (detail: string) => void };

async function revertOne(
  session: MigrationSession,
  { file, down, begun }: RevertStep,
  { signal, random = Math.random, emit, progress }: Progressing,
): Promise<number> {
  const { name, path, checksum } = file;
  const begin = performance.now();
  const hooks = { onNotice: (notice: string) => emit({ type: 'note', text: `${name}: ${notice}` }) };
  const migration = { name, path, checksum, ...down, unavailable: undefined, begun: begun !== undefined };
  await retryBlocked(async () => session.revert?.(migration, signal, hooks), {
    signal,
    random,
    onBlocked: sayBlocked(hooks.onNotice, progress),
  }).catch((error: unknown) => {
    throw down.transactional ? stillApplied(error) : error;
  });
  return Math.round(performance.now() - begin);
}

/** An applied file must not be edited, so that a hint to correct it has to say how its edit gets into the ledger. */
function stillApplied(error: unknown): unknown {
  if (!(error instanceof StackctlError) || !error.code.startsWith('E_MIGRATION_')) return error;
  const { code, message, details, cause } = error;
  const hint = `${error.hint ?? ''} The file is still applied: if you edit it, \`stackctl migrate repair\` has to accept that first.`;
  return new StackctlError(code, message, { hint: hint.trim(), details, ...defined({ cause }) });
}

function noDown(files: readonly MigrationFile[]): StackctlError {
  const list = files.map(({ path }) => path).join(', ');
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `no section "-- stackctl: down" in ${list}: nothing was changed`,
    {
      hint: 'A file that is applied must not be edited: make the change back in a new file (stackctl migrate new NAME).',
      details: { files: files.map(({ name }) => name) },
    },
  );
}

function lostDown({ name, path }: MigrationFile, ways: string): StackctlError {
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `${path} is taken back in part, and its section "-- stackctl: down" is gone: nothing was changed`,
    { hint: `Put the section back. ${ways}`, details: { files: [name] } },
  );
}

function noWay(service: string): StackctlError {
  return new StackctlError(
    'E_MIGRATION_UNAVAILABLE',
    `${service}: this kind of server has no way to take a file back`,
    {
      hint: 'Make the change back in a new file: stackctl migrate new NAME.',
    },
  );
}
