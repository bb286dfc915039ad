import { StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { MigrationSession } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Pending } from './compare.ts';
import type { MigrationFile } from './file.ts';
import type { MigratedService } from './folder.ts';
import { readState } from './read-state.ts';
import { refuseDrift } from './refuse-drift.ts';
import type { MigrateReport, Unavailable } from './report.ts';
import { retryBlocked } from './retry.ts';
import { missingFor, withMigrationSession } from './session.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly emit: Emit;
  /** From 0 up to 1, for the wait between two attempts. */
  readonly random?: () => number;
  /** How long to wait for another run on the same database, in milliseconds. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_MS = 60_000;

/**
 * Applies the pending migrations of one service, one after the other, and nothing when there are none. Two runs at the
 * same time wait for each other, and what one has applied the other one does not.
 * @throws E_NOT_READY, E_DRIFT, E_LOCKED, E_MIGRATION_UNAVAILABLE, E_MIGRATION_BLOCKED,
 * E_MIGRATION_FAILED; what was applied before the one that failed stays.
 */
export async function runPending(stack: Stack, migrated: MigratedService, options: RunOptions): Promise<MigrateReport> {
  const { service } = migrated;
  const nothing = { service: service.name, applied: [], unavailable: [] };
  if (migrated.files.length === 0) return nothing;
  return withMigrationSession(stack, migrated, options.signal, async (session) => {
    const before = await readState(migrated, session);
    refuseDrift(service.name, before.drifted);
    if (before.pending.length === 0) return { ...nothing, unavailable: before.unavailable };
    await takeTurn(migrated, session, options);
    // Another run may have been at work until now.
    const { pending, unavailable, drifted } = await readState(migrated, session);
    refuseDrift(service.name, drifted);
    const lifted = pending.length === 0 ? [] : ((await session.lifted?.()) ?? []);
    if (lifted.length > 0)
      options.emit({ type: 'note', text: `${service.name}: does not apply to the migrations: ${lifted.join(', ')}` });
    return applyAll({ migrated, session, pending, unavailable, options });
  });
}

async function takeTurn({ service }: MigratedService, session: MigrationSession, options: RunOptions): Promise<void> {
  const { signal, emit, lockWaitMs = LOCK_WAIT_MS } = options;
  let announced: string | undefined;
  await session.lock(deadline(lockWaitMs, signal), (holder) => {
    if (holder !== announced)
      emit({ type: 'note', text: `${service.name}: waiting for another migration run: ${holder}` });
    announced = holder;
  });
}

interface Work {
  readonly migrated: MigratedService;
  readonly session: MigrationSession;
  readonly pending: readonly Pending[];
  readonly unavailable: readonly Unavailable[];
  readonly options: RunOptions;
}

async function applyAll({ migrated, session, pending, unavailable, options }: Work): Promise<MigrateReport> {
  const applied: { name: string; durationMs: number }[] = [];
  const leftOut = [...unavailable];
  for (const { file, cause } of pending) {
    options.signal.throwIfAborted();
    // Asked again for each: a file may bring what the next one requires.
    const missing = await missingFor(session, file.requires);
    if (missing !== undefined && !file.optional) throw unavailableError(file, missing);
    const id = `migrate:${migrated.service.name}:${file.name}`;
    const durationMs = await step(
      options.emit,
      { id, title: `${migrated.service.name}: ${file.name}`, detail: cause },
      (progress) => applyOne(file, missing, { session, options, progress }),
      () => (missing === undefined ? { state: 'done' } : { state: 'skipped', detail: missing }),
    );
    if (missing === undefined) applied.push({ name: file.name, durationMs });
    else leftOut.push({ name: file.name, reason: missing });
  }
  return { service: migrated.service.name, applied, unavailable: leftOut };
}

interface Place {
  readonly session: MigrationSession;
  readonly options: RunOptions;
  /** Says how far it is. */
  readonly progress: (detail: string) => void;
}

/** Returns how long it took, waits for locks included, in milliseconds. */
async function applyOne(
  file: MigrationFile,
  missing: string | undefined,
  { session, options: { signal, random = Math.random }, progress }: Place,
): Promise<number> {
  const { name, path, checksum, statements, transactional, lockTimeoutMs } = file;
  const migration = { name, path, checksum, statements, transactional, lockTimeoutMs, unavailable: missing };
  const begin = performance.now();
  await retryBlocked(() => session.apply(migration, signal), {
    signal,
    random,
    onBlocked: ({ message }, attempt) => progress(`attempt ${attempt}: ${message}`),
  });
  return Math.round(performance.now() - begin);
}

function unavailableError({ name, path, requires }: MigrationFile, missing: string): StackctlError {
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `${path} requires what this server does not have: ${missing}`, {
    hint: 'Use a server that has it, or add optional=true to the file if the stack can do without it; then run `stackctl migrate up` again.',
    details: { migration: name, requires },
  });
}
