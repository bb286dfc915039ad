import { type RawRow, type RequestFailed, runInOneRequest } from '../../../../clients/postgres/one-request.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import type { FileRun, MigrationClients } from './file-run.ts';
import { failureIn, recording } from './record.ts';

/** A file that is applied alone. @throws Failed; nothing of it stays then. E_LOCKED */
export async function runPlain(run: FileRun): Promise<void> {
  const { clients, migration } = run;
  await runPlainFiles([migration], { clients, turnTo: () => run, onApplied: () => undefined });
}

export interface PlainRequest {
  readonly clients: Pick<MigrationClients, 'work' | 'appliedBy'>;
  /** The answers are about this file from now on. */
  readonly turnTo: (index: number) => FileRun;
  readonly onApplied: (index: number, durationMs: number) => void;
}

/** The server refused a request for several files before it did anything. */
export class RefusedTogether extends Error {}

/**
 * Runs plain files in one request, each in a transaction of its own that enters it into the ledger. The server ends a request
 * at the first statement that fails: what is behind that file is not run. The commits do not wait for the disk: `settle`
 * does that once for all files. Until then a crash of the server takes back files together with their entries, the last ones first.
 * @throws Failed, E_LOCKED, about the first file that is not applied; nothing of it stays then. RefusedTogether
 */
export async function runPlainFiles(
  migrations: readonly PendingMigration[],
  { clients, turnTo, onApplied }: PlainRequest,
): Promise<void> {
  const parts = migrations.map((migration) => partOf(migration, clients));
  let current = 0;
  let run = begin(turnTo, 0);
  /** Of the first statement of the current file, in the request. */
  let from = 0;
  let durationMs = 0;
  const onDone = (index: number, row: RawRow | undefined): void => {
    const { texts, entry, own } = parts[current] as Part;
    const at = index - from;
    sayDone(run, own(at));
    if (at === entry) durationMs = Number(row?.[DURATION]);
    if (at < texts.length - 1) return;
    onApplied(current++, durationMs);
    from += texts.length;
    if (current < parts.length) run = begin(turnTo, current);
  };
  try {
    await runInOneRequest(
      clients.work,
      parts.flatMap(({ texts }) => texts),
      onDone,
    );
  } catch (error) {
    const failed = error as RequestFailed;
    if (!failed.wasBegun && parts.length > 1) throw new RefusedTogether();
    const { texts, own } = parts[current] as Part;
    const { cause, index, wasBegun } = failed;
    const inPart = { cause, index: index === undefined ? undefined : index - from, wasBegun };
    throw await failureIn(run, inPart, { commit: texts.length - 1, own, behind: parts.length - current - 1 });
  }
}

/** What a file is in a request. */
interface Part {
  readonly texts: readonly string[];
  /** The index of its entry into the ledger. */
  readonly entry: number;
  /** Which statement of the file one of them is. */
  readonly own: (index: number) => number | undefined;
}

function partOf(migration: PendingMigration, clients: PlainRequest['clients']): Part {
  const before = ['begin', beginning(migration)];
  const statements = migration.statements.map(({ text }) => text);
  const recorded = recording({ migration, direction: 'up', clients }, SINCE_BEGIN);
  return {
    texts: [...before, ...statements, ...recorded],
    entry: before.length + statements.length + recorded.findIndex((text) => text.includes(SINCE_BEGIN)),
    own: (index) => {
      const at = index - before.length;
      return at >= 0 && at < statements.length ? at : undefined;
    },
  };
}

/** All transactions of a request say that they began when the request came: the clock is read when the file begins. */
function beginning({ lockTimeoutMs }: PendingMigration): string {
  const settings = {
    lock_timeout: `'${lockTimeoutMs}'`,
    synchronous_commit: `'off'`,
    [BEGAN]: `(${NOW})::pg_catalog.text`,
  };
  const set = Object.entries(settings).map(([name, value]) => `pg_catalog.set_config('${name}', ${value}, true)`);
  return `select ${set.join(', ')}`;
}

const BEGAN = 'stackctl.began';
const NOW = 'extract(epoch from pg_catalog.clock_timestamp())';
const SINCE_BEGIN = `round((${NOW} - current_setting('${BEGAN}')::numeric) * 1000)`;

/** The column of the row that an entry gives. */
const DURATION = 1;

function begin(turnTo: PlainRequest['turnTo'], index: number): FileRun {
  const run = turnTo(index);
  run.notices.at(lineOf(run, 0));
  return run;
}

/** @param at of the file's statement that is done. */
function sayDone(run: FileRun, at: number | undefined): void {
  if (at === undefined) return;
  run.notices.at(lineOf(run, Math.min(at + 1, run.migration.statements.length - 1)));
  run.onProgress(at + 1);
}

function lineOf({ migration }: FileRun, index: number): string {
  return `line ${migration.statements[index]?.line}`;
}
