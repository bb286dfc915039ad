import type { ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import type { Amendment } from '../../../stack/contract/ledger.ts';
import { enter, prepareLedger } from './enter.ts';
import { addEvent } from './events.ts';
import { type LedgerRow, readRow } from './ledger.ts';

/**
 * Changes one entry without running anything. The event comes first: where the server goes away between the two, the
 * next attempt adds it once more, and no change is without one.
 */
export async function amend(target: ClickhouseTarget, amendment: Amendment): Promise<void> {
  const { name, event, reason } = amendment;
  await prepareLedger(target);
  const row = await readRow(target, name);
  await addEvent(target, { name, type: event, reason });
  await enter(target, {
    name,
    checksum: amendment.checksum,
    state: amendment.state,
    appliedAt: row !== undefined && keepsTime(row, amendment) ? row.appliedAt : new Date(),
    durationMs: row?.durationMs ?? 0,
    progress: progressOf(row, amendment),
  });
}

/** A new checksum says nothing about when the file was applied. */
function keepsTime({ state }: LedgerRow, { event }: Amendment): boolean {
  return event === 'checksumAccepted' && state !== 'forgotten';
}

/** That some statements are done is said by a person: the file's text is not compared with what ran. */
function progressOf(row: LedgerRow | undefined, { statementsDone }: Amendment): LedgerRow['progress'] {
  if (statementsDone === undefined) return row?.progress;
  const before = row?.progress;
  return {
    part: before?.part ?? 'up',
    done: statementsDone,
    doneChecksum: '',
    inDoubt: false,
    session: before?.session ?? '',
    unsoundBefore: before?.unsoundBefore ?? [],
    halfAltered: before?.halfAltered ?? [],
  };
}
