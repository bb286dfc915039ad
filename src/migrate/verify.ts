import { StackctlError } from '../errors.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { contentOf, type MigratedService, requireValid } from './folder.ts';
import { readState, type SchemaState } from './read-state.ts';
import type { MigrateStatus } from './report.ts';
import { withMigrationSession } from './session.ts';
import { type ShadowReport, verifyAgainstShadow } from './shadow.ts';
import { driftView } from './status.ts';
import type { LockOptions } from './turn.ts';

export interface VerifyOptions extends LockOptions {
  /** Also apply the files to an empty database and compare. */
  readonly shadow: boolean;
}

/** What `migrate verify` says about one service. JSON-ready. */
export interface VerifyReport extends Pick<MigrateStatus, 'service' | 'drifted' | 'unsound'> {
  /** Files whose entry was compared with their checksum. */
  readonly files: number;
  readonly pending: readonly string[];
  readonly checks: readonly CheckResult[];
  /** Null: it was not asked for. */
  readonly shadow: ShadowReport | null;
}

/** A statement of a section `-- stackctl: verify`. */
export interface CheckResult {
  readonly migration: string;
  readonly path: string;
  readonly line: number;
  readonly statement: string;
  /** Why it does not hold; null: it holds. */
  readonly reason: string | null;
}

/**
 * Whether the database is what its migrations say: checksums, objects that are not valid, the checks of the files, and on
 * demand a comparison with an empty database that got the same files. Changes nothing in the service's own database.
 * @throws E_NOT_READY, E_MIGRATION_UNAVAILABLE and E_MIGRATION_FAILED of the shadow database.
 */
export async function verifyService(
  stack: Stack,
  migrated: MigratedService,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { service } = migrated;
  const command = `stackctl migrate verify${options.shadow ? ' --shadow' : ''}`;
  return withMigrationSession(stack, migrated, { signal: options.signal, command }, async (session) => {
    const state = await readState(migrated, session, { allowOutOfOrder: true });
    const checks = await runChecks(migrated, session, state, options.signal);
    const shadow = options.shadow ? await verifyAgainstShadow({ stack, migrated, session, state, options }) : null;
    return {
      service: service.name,
      files: state.applied.length,
      drifted: state.drifted.map(driftView),
      unsound: state.unsound.map(({ name, reason, fix }) => ({ name, reason, fix: fix ?? null })),
      pending: state.pending.map(({ file }) => file.name),
      checks,
      shadow,
    };
  });
}

/** Of the files that are in effect. */
async function runChecks(
  { service, files }: MigratedService,
  session: MigrationSession,
  { applied }: SchemaState,
  signal: AbortSignal,
): Promise<readonly CheckResult[]> {
  const names = new Set(applied.map(({ name }) => name));
  const inEffect = files.filter(({ name }) => names.has(name));
  requireValid(inEffect);
  const checks = inEffect.flatMap((file) => contentOf(file).verify.map((statement) => ({ file, statement })));
  if (checks.length === 0) return [];
  if (session.check === undefined) {
    throw new StackctlError('E_USAGE', `the kind of ${service.name} cannot run the sections "verify" of its files`);
  }
  const reasons = await session.check(
    checks.map(({ statement }) => statement),
    signal,
  );
  return checks.map(({ file, statement }, index) => ({
    migration: file.name,
    path: file.path,
    line: statement.line,
    statement: statement.text,
    reason: reasons[index] ?? null,
  }));
}
