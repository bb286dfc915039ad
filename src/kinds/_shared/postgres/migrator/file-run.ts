import type { Client } from 'pg';
import { ask } from '../../../../clients/postgres/connect.ts';
import { copyIn, copyLine } from '../../../../clients/postgres/copy-in.ts';
import type { MigrationStatement, PendingMigration } from '../../../../stack/contract/migrate.ts';
import { Failed } from './failed-statement.ts';
import type { NewEvent } from './ledger-events.ts';
import type { Notices } from './notices.ts';
import { type FoundUnsound, findUnsound } from './unsound.ts';

export interface MigrationClients {
  /** Runs the statements of this file and nothing else, because the file may change its settings. */
  readonly work: Client;
  /** Of the session `work`. */
  readonly pid: number;
  /** Holds the lock, keeps the ledger of a file without a transaction, asks which sessions block it, cancels it. */
  readonly guard: Client;
  /** The run, for the ledger's column applied_by. */
  readonly appliedBy: string;
  /** Settings that limit the file and could not be changed, in words. */
  readonly kept: readonly string[];
}

/** One file on its way into the database (`up`), or out of it again. */
export interface FileRun {
  readonly clients: MigrationClients;
  readonly migration: PendingMigration;
  readonly direction: 'up' | 'down';
  readonly signal: AbortSignal;
  readonly notices: Notices;
  /** What was not valid before the file. In a transaction: asked when it matters, of a session that sees what is committed. */
  readonly unsound: () => Promise<readonly FoundUnsound[]>;
  readonly onProgress: (done: number) => void;
  readonly onWait: (who: string) => void;
}

/** What of it is in the ledger. */
export type RecordedRun = Pick<FileRun, 'migration' | 'direction'> & {
  readonly clients: Pick<MigrationClients, 'appliedBy'>;
};

/** Runs statement number `index` and nothing around it. @throws Failed */
export async function runStatement({ clients, migration, notices }: FileRun, index: number): Promise<void> {
  const statement = migration.statements[index] as MigrationStatement;
  notices.at(`line ${statement.line}`);
  try {
    if (statement.copyData === undefined) await clients.work.query(statement.text);
    else await copyIn(clients.work, statement.text, statement.copyData.text);
  } catch (error) {
    throw new Failed(error, index, placeOfFailure(statement, error));
  }
}

/** Data of COPY that is refused stands on a line of its own. */
function placeOfFailure(statement: MigrationStatement, error: unknown): MigrationStatement {
  const line = statement.copyData === undefined ? undefined : copyLine(error);
  if (statement.copyData === undefined || line === undefined) return statement;
  return { text: '', line: statement.copyData.line + line - 1, column: 1 };
}

/** Objects that keep the file from being applied. */
export class Unsound extends Error {
  readonly objects: readonly FoundUnsound[];
  /** Of the statement behind which they were found; the number of statements: an earlier run has done all of them. */
  readonly index: number;

  constructor(objects: readonly FoundUnsound[], index: number) {
    super('objects are not valid');
    this.objects = objects;
    this.index = index;
  }
}

/** The event that goes with the end of a file; undefined: there is nothing to tell. */
export function eventOf({ migration, direction, clients }: RecordedRun): NewEvent | undefined {
  const { name, outOfOrder } = migration;
  const by = clients.appliedBy;
  if (direction === 'down') return { name, type: 'reverted', reason: 'its down part was run', by };
  if (outOfOrder !== true) return undefined;
  return { name, type: 'outOfOrder', reason: 'applied after files with a higher version', by };
}

/** Several statements of the ledger, together or not at all. */
export async function together(client: Client, change: () => Promise<void>): Promise<void> {
  await ask(client, 'begin');
  try {
    await change();
    await ask(client, 'commit');
  } catch (error) {
    await ask(client, 'rollback').catch(() => undefined);
    throw error;
  }
}

/** Read by the session that the file has not touched. */
export async function unsoundNow({ clients }: Pick<FileRun, 'clients'>): Promise<readonly FoundUnsound[]> {
  return findUnsound(clients.guard);
}
