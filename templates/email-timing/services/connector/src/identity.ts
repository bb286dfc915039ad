/**
 * Recipients in Postgres: identifiers (hashes) point to universal ids, and an id that was merged into another one
 * points to it.
 *
 * A recipient with one identifier, nearly all of them, needs no lock: the id is derived from the identifier, so two
 * connectors that see it first at the same moment insert the same rows. Two or more identifiers that do not agree yet
 * are linked under one lock for the whole database, each recipient in its own transaction: a merge is rare, and two at
 * the same time that share a recipient would otherwise each miss what the other does.
 */
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { derivedUniversalId, type Identifier } from './identifier.ts';
import { decideMerge, type KnownIdentifier } from './merge.ts';

export interface IdentityStore {
  /** The universal id of each recipient, given by its identifiers. @throws the driver's error; nothing is half done. */
  resolve(recipients: readonly (readonly Identifier[])[]): Promise<readonly string[]>;
}

/** Key of the advisory lock; any number that nothing else in this database uses. */
const MERGE_LOCK = 7_344_001;
const ATTEMPTS = 3;
/** `deadlock_detected`, `serialization_failure`: rolled back by the server, to be tried again. */
const TRY_AGAIN = ['40P01', '40001'];
const UNDEFINED_TABLE = '42P01';
/** SQLSTATEs of a server that ends or has not begun. */
const GONE = /^(08|57P)/;

export function openIdentityStore(pool: Pool): IdentityStore {
  return {
    async resolve(recipients) {
      const all = unique(recipients.flat());
      let known = await lookUp(pool, all);
      const disagreeing = recipients.filter((recipient) => recipient.length > 1 && !agree(known, recipient));
      for (const recipient of disagreeing) await link(pool, recipient);
      if (disagreeing.length > 0) known = await lookUp(pool, all);
      const unknown = all.filter((identifier) => !known.has(keyOf(identifier)));
      const inserted = unknown.length > 0 ? await insertSingles(pool, unknown) : known;
      const ids = new Map([...known, ...inserted]);
      return recipients.map((recipient) => idOf(ids, recipient));
    },
  };
}

function agree(known: ReadonlyMap<string, string>, recipient: readonly Identifier[]): boolean {
  const ids = new Set(recipient.map((identifier) => known.get(keyOf(identifier))));
  return ids.size === 1 && !ids.has(undefined);
}

function idOf(known: ReadonlyMap<string, string>, [identifier]: readonly Identifier[]): string {
  const id = identifier === undefined ? undefined : known.get(keyOf(identifier));
  if (id === undefined) throw new Error('an identifier was neither found nor inserted');
  return id;
}

async function lookUp(pool: Pool | PoolClient, identifiers: readonly Identifier[]): Promise<Map<string, string>> {
  const rows = await select(pool, identifiers);
  return new Map(rows.map((row) => [keyOf(row), row.universalId]));
}

/** Sorted, so that transactions that insert the same identifiers wait for each other instead of in a circle. */
async function insertSingles(pool: Pool, identifiers: readonly Identifier[]): Promise<Map<string, string>> {
  const sorted = [...identifiers].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const ids = sorted.map(derivedUniversalId);
  await inTransaction(pool, async (client) => {
    await client.query(
      'insert into universal_ids (universal_id) select id from unnest($1::text[]) as id order by id on conflict do nothing',
      [ids],
    );
    await insertIdentifiers(client, sorted, ids);
  });
  return lookUp(pool, identifiers);
}

async function link(pool: Pool, identifiers: readonly Identifier[]): Promise<string> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [MERGE_LOCK]);
    const first = decideMerge(identifiers, await select(client, identifiers));
    if (first.create) {
      await client.query('insert into universal_ids (universal_id) values ($1) on conflict do nothing', [first.target]);
    }
    await insertIdentifiers(
      client,
      first.link,
      first.link.map(() => first.target),
    );
    // An insert without the lock may have been faster: what counts is what is there now.
    const { target, merge } = decideMerge(identifiers, await select(client, identifiers));
    if (merge.length > 0) {
      await client.query('update identifiers set universal_id = $1 where universal_id = any($2)', [target, merge]);
      await client.query(
        'update universal_ids set merged_into = $1 where universal_id = any($2) or merged_into = any($2)',
        [target, merge],
      );
    }
    return target;
  });
}

async function insertIdentifiers(client: PoolClient, identifiers: readonly Identifier[], ids: readonly string[]) {
  await client.query(
    `insert into identifiers (kind, hash, universal_id)
     select kind, hash, id from unnest($1::text[], $2::text[], $3::text[]) as row (kind, hash, id) order by kind, hash
     on conflict do nothing`,
    [identifiers.map(({ kind }) => kind), identifiers.map(({ hash }) => hash), ids],
  );
}

async function select(
  client: Pool | PoolClient,
  identifiers: readonly Identifier[],
): Promise<readonly KnownIdentifier[]> {
  const { rows } = await client.query<Omit<KnownIdentifier, 'age'> & { readonly age: string }>(
    `select i.kind, i.hash, i.universal_id as "universalId", u.age
     from unnest($1::text[], $2::text[]) as wanted (kind, hash)
     join identifiers i using (kind, hash) join universal_ids u using (universal_id)`,
    [identifiers.map(({ kind }) => kind), identifiers.map(({ hash }) => hash)],
  );
  return rows.map((row) => ({ ...row, age: Number(row.age) }));
}

export function isMissingTable(error: unknown): boolean {
  return sqlState(error) === UNDEFINED_TABLE;
}

/** Why identities cannot be resolved, for people: which table is missing, or that the server does not answer. */
export function identityProblem(error: unknown): string {
  const state = sqlState(error);
  if (isMissingTable(error)) {
    const table = /"([^"]+)"/.exec((error as Error).message)?.[1] ?? 'identifiers';
    return `Postgres has no table ${table}: run \`stackctl migrate up\``;
  }
  if (!(error instanceof DatabaseError) || GONE.test(state)) return 'the identity store does not answer';
  return `the identity store answers with an error (${state})`;
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>, attempt = 1): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((reason: Error) => {
      broken = reason;
    });
    if (attempt >= ATTEMPTS || !TRY_AGAIN.includes(sqlState(error))) throw error;
  } finally {
    client.release(broken);
  }
  return inTransaction(pool, work, attempt + 1);
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function unique(identifiers: readonly Identifier[]): readonly Identifier[] {
  return [...new Map(identifiers.map((identifier) => [keyOf(identifier), identifier])).values()];
}

function keyOf({ kind, hash }: Identifier): string {
  return `${kind}:${hash}`;
}
