import type { Client } from 'pg';
import { ask, close, connectPostgres, type PostgresTarget, row } from '../../../../clients/postgres/connect.ts';
import { SESSIONS } from '../../../../clients/postgres/purpose.ts';
import type { PendingMigration } from '../../../../stack/contract/migrate.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { type Binding, bindingText, readBindings } from './bindings.ts';

/** A session that runs the statements of one file. */
export interface WorkSession {
  readonly client: Client;
  readonly pid: number;
  /** Settings that limit the file and could not be changed, in words. */
  readonly kept: readonly string[];
}

export interface WorkSessions {
  readonly bindings: () => Promise<readonly Binding[]>;
  /** Runs `use` with a session in which nothing of another file is left. `then` says whether the next one may have it. */
  with<T>(use: (work: WorkSession) => Promise<T>, then?: () => boolean): Promise<T>;
}

/**
 * Sessions for files, one after the other. A new one costs more than most files, so that one that a file cannot have
 * changed for good is reset (DISCARD ALL) and given to the next.
 * @param clients those that are open, for an interrupt.
 */
export function workSessions(target: PostgresTarget, clients: Set<Client>): WorkSessions {
  const bindings = once(() => readBindings(target));
  let spare: WorkSession | undefined;
  const end = async ({ client }: WorkSession): Promise<void> => {
    clients.delete(client);
    await close(client);
  };
  const begin = async (): Promise<WorkSession> => {
    const found = await bindings();
    const client = await connectPostgres(workTarget(target, found));
    clients.add(client);
    const { pid } = await row<{ pid: number }>(client, 'select pg_catalog.pg_backend_pid() as pid');
    return { client, pid, kept: found.filter(({ lifted }) => lifted === undefined).map(bindingText) };
  };
  const take = async (): Promise<WorkSession> => {
    const reused = spare;
    spare = undefined;
    if (reused === undefined) return begin();
    try {
      await ask(reused.client, 'discard all');
      return reused;
    } catch {
      // The server was restarted, or has ended it: whether there is another one shows next.
      await end(reused);
      return begin();
    }
  };
  return {
    bindings,
    with: async (use, then = () => false) => {
      const work = await take();
      let isDone = false;
      try {
        const result = await use(work);
        isDone = true;
        return result;
      } finally {
        if (isDone && then()) spare = work;
        else await end(work);
      }
    },
  };
}

/**
 * Whether DISCARD ALL takes back all that the file can have done to its session. Settings of its own names, code and
 * libraries that keep something, and settings that ALTER ROLE gives to new sessions are not taken back. Pure.
 */
export function leavesNothing({ transactional, statements }: PendingMigration): boolean {
  return (
    transactional && statements.every(({ text }) => PLAIN.test(leadingWords(text)) && !/\bset_config\b/i.test(text))
  );
}

const PLAIN =
  /^(INSERT|UPDATE|DELETE|COMMENT|GRANT|REVOKE|TRUNCATE|COPY|(CREATE|ALTER|DROP) (OR REPLACE |TEMP |TEMPORARY |UNLOGGED |UNIQUE |MATERIALIZED )*(TABLE|INDEX|VIEW|TYPE|SEQUENCE|SCHEMA|DOMAIN|FUNCTION|TRIGGER))\b/;

/** For the statements of a file: settings that are meant for applications do not limit it. */
function workTarget(target: PostgresTarget, bindings: readonly Binding[]): PostgresTarget {
  const session = SESSIONS.migrate;
  const lifted = bindings.flatMap(({ name, lifted }) => (lifted === undefined ? [] : [[name, lifted] as const]));
  return {
    ...target,
    ...session,
    applicationName: target.applicationName,
    settings: { ...session.settings, ...Object.fromEntries(lifted) },
    liftedLimits: [],
  };
}

/** Asks until it gets an answer, and never again. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}
