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
  /** Runs `use` with a session in which nothing of another file is left. It says what is to become of that session. */
  with(use: (work: WorkSession) => Promise<Afterwards>): Promise<void>;
  /** Runs `use` with such a session, which ends then. */
  once<T>(use: (work: WorkSession) => Promise<T>): Promise<T>;
}

/** The next file may have the session as it is, or reset (DISCARD ALL), or not at all. */
export type Afterwards = 'kept' | 'reset' | 'ended';

/**
 * Sessions for files, one after the other. A new one costs more than most files, so that one that a file cannot have
 * changed for good is given to the next.
 * @param clients those that are open, for an interrupt.
 */
export function workSessions(target: PostgresTarget, clients: Set<Client>): WorkSessions {
  const bindings = once(() => readBindings(target));
  /** `clean` is under way while this program does other things. */
  let spare: { readonly work: WorkSession; readonly clean: Promise<unknown> } | undefined;
  const end = async ({ client }: WorkSession): Promise<void> => {
    clients.delete(client);
    await close(client);
  };
  const begin = async (): Promise<WorkSession> => {
    const found = await bindings();
    const client = await connectPostgres(workTarget(target, found));
    clients.add(client);
    client.once('end', () => clients.delete(client));
    const { pid } = await row<{ pid: number }>(client, 'select pg_catalog.pg_backend_pid() as pid');
    return { client, pid, kept: found.filter(({ lifted }) => lifted === undefined).map(bindingText) };
  };
  const take = async (): Promise<WorkSession> => {
    const reused = spare;
    spare = undefined;
    if (reused === undefined) return begin();
    const { work, clean } = reused;
    const isClean = await clean.then(
      () => clients.has(work.client),
      () => false,
    );
    if (isClean) return work;
    // The server was restarted, or has ended it: whether there is another one shows next.
    await end(work);
    return begin();
  };
  return {
    bindings,
    with: async (use) => {
      const work = await take();
      let then: Afterwards = 'ended';
      try {
        then = await use(work);
      } finally {
        if (then === 'ended') await end(work);
        else spare = { work, clean: then === 'kept' ? Promise.resolve() : reset(work) };
      }
    },
    once: async (use) => {
      const work = await take();
      try {
        return await use(work);
      } finally {
        await end(work);
      }
    },
  };
}

function reset({ client }: WorkSession): Promise<unknown> {
  const answer = ask(client, 'discard all');
  // Who takes the session hears of it.
  answer.catch(() => undefined);
  return answer;
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
