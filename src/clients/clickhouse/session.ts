import { randomUUID } from 'node:crypto';
import {
  type AskOptions,
  askClickhouse,
  type ClickhouseTarget,
  quoteName,
  quoteText,
  runOnClickhouse,
  type SessionUse,
} from './ask.ts';
import { ClickhouseError } from './failure.ts';

/** What a server keeps for one client from one statement to the next: database, settings, temporary tables. */
export interface ClickhouseSession {
  /** Unique. */
  readonly id: string;
  /** One at a time. @throws as `runOnClickhouse`; code 372 when the server has forgotten the session. */
  run(statement: string, options?: Omit<AskOptions, 'session'>): Promise<void>;
  /** For a statement that gives rows. */
  ask<Row>(statement: string, options?: Omit<AskOptions, 'session'>): Promise<readonly Row[]>;
  /** Lets it end soon. */
  close(): Promise<void>;
}

/** How long the server keeps a session whose client says nothing, in seconds. */
const KEPT_S = 300;
/** Not every version can end a session at once: it is kept for the shortest time that there is. */
const ENDS_S = 1;
const CLOSE_MS = 2000;
const SESSION_NOT_FOUND = 372;
const SESSION_IS_LOCKED = 373;

/** Begins a session in the target's database and with its settings. @param id of `newSessionId`. */
export async function openClickhouseSession(
  target: ClickhouseTarget,
  id: string,
  signal: AbortSignal,
): Promise<ClickhouseSession> {
  const { database = 'default', settings = {} } = target;
  const use = (mustExist: boolean, timeoutS = KEPT_S): SessionUse => ({ id, timeoutS, mustExist });
  const assignments = Object.entries(settings).map(([name, value]) => `${name} = ${quoteText(value)}`);
  await runOnClickhouse(target, `USE ${quoteName(database)}`, { session: use(false), signal });
  if (assignments.length > 0)
    await runOnClickhouse(target, `SET ${assignments.join(', ')}`, { session: use(true), signal });
  return {
    id,
    run: (statement, options) =>
      runOnClickhouse({ ...target, timeoutMs: 0 }, statement, { ...options, session: use(true) }),
    ask: async <Row>(statement: string, options?: Omit<AskOptions, 'session'>) => {
      const { rows } = await askClickhouse<Row>(target, statement, { ...options, session: use(true) });
      return rows;
    },
    close: async () => {
      const soon = { ...target, timeoutMs: CLOSE_MS };
      await runOnClickhouse(soon, 'SELECT 1', { session: use(true, ENDS_S) }).catch(() => undefined);
    },
  };
}

export function newSessionId(): string {
  return `stackctl-${randomUUID()}`;
}

/** Whether a statement runs in a session at this moment. A session that is there and idle ends soon. */
export async function isSessionBusy(target: ClickhouseTarget, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    const session = { id, timeoutS: ENDS_S, mustExist: true };
    await askClickhouse(target, 'SELECT 1', { session, signal });
    return false;
  } catch (error) {
    if (!(error instanceof ClickhouseError)) throw error;
    if (error.serverCode === SESSION_IS_LOCKED) return true;
    if (error.serverCode === SESSION_NOT_FOUND) return false;
    throw error;
  }
}
