import type { ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import type { PendingMigration } from '../../../stack/contract/migrate.ts';
import type { Runs } from '../sql/running/runs.ts';
import type { Altered } from './altered-table.ts';
import { enter, type NewRow } from './enter.ts';
import type { Progress } from './ledger.ts';
import { checksumOf, isOnce } from './resume.ts';

/** Writes down how far a file is, as often as the next run needs it to know what it may run again. */
export interface Journal {
  readonly session: string;
  enter(state: NewRow['state'], done: number, inDoubt: boolean): Promise<void>;
  /** Before a statement: what cannot run twice must be known to have begun, and to have ended before the next one begins. */
  begin(index: number, run: Runs | undefined): Promise<void>;
  /** What `fail` will enter. */
  note(done: number, inDoubt: boolean): void;
  /** Before a statement changes this table: should this program be killed, it may be left half-way. Undefined: it has done so. */
  altering(table: Altered | undefined): Promise<void>;
  fail(): Promise<void>;
}

/** Deadline of what is left to do after a failure. */
const CLEAN_UP_MS = 2000;

export function openJournal(
  target: ClickhouseTarget,
  { name, checksum, statements }: PendingMigration,
  about: Pick<Progress, 'part' | 'session' | 'unsoundBefore' | 'halfAltered'>,
): Journal {
  const appliedAt = new Date();
  const begun = performance.now();
  let entered = -1;
  let isInDoubt = false;
  let isExact = true;
  let failed = { done: 0, inDoubt: false };
  let atWork: Altered | undefined;
  // What is applied or taken back was looked at.
  const leftBy = (state: NewRow['state']): readonly Altered[] => {
    if (state !== 'running' && state !== 'failed') return [];
    return atWork === undefined ? about.halfAltered : withTable(about.halfAltered, atWork);
  };
  const write = async (to: ClickhouseTarget, state: NewRow['state'], done: number, inDoubt: boolean): Promise<void> => {
    const doneChecksum = checksumOf(statements.slice(0, done));
    const durationMs = Math.round(performance.now() - begun);
    await enter(to, {
      name,
      checksum,
      state,
      appliedAt,
      durationMs,
      progress: { ...about, done, doneChecksum, inDoubt, halfAltered: leftBy(state) },
    });
    entered = done;
    isInDoubt = inDoubt;
    failed = { done, inDoubt: false };
  };
  return {
    session: about.session,
    enter: (state, done, inDoubt) => write(target, state, done, inDoubt),
    begin: async (index, run) => {
      if ((isOnce(run) || !isExact) && entered !== index) await write(target, 'running', index, isOnce(run));
      isExact = !isOnce(run);
      failed = { done: index, inDoubt: false };
    },
    note: (done, inDoubt) => {
      failed = { done, inDoubt };
    },
    altering: async (table) => {
      atWork = table;
      const { done } = failed;
      if (table !== undefined) await write(target, 'running', done, entered === done && isInDoubt);
    },
    fail: () => write({ ...target, timeoutMs: CLEAN_UP_MS }, 'failed', failed.done, failed.inDoubt),
  };
}

function withTable(tables: readonly Altered[], added: Altered): readonly Altered[] {
  const isSame = ({ database, table }: Altered): boolean => database === added.database && table === added.table;
  return tables.some(isSame) ? tables : [...tables, added];
}
