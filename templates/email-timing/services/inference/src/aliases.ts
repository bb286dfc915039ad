/** The ids that were merged into one recipient, from Postgres. */
import { Pool } from 'pg';

export interface AliasOptions {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly timeoutMs: number;
  readonly onError: (error: Error) => void;
}

export interface Aliases {
  /** All ids of the recipient, the given one included. @throws when the server does not answer. */
  of(universalId: string): Promise<readonly string[]>;
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Many names of one recipient are a fault of the data; the query stays bounded. */
const MAX_ALIASES = 200;

export function openAliases({ timeoutMs, onError, ...connection }: AliasOptions): Aliases {
  const pool = new Pool({
    ...connection,
    max: 4,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'inference',
  });
  pool.on('error', onError);
  return {
    async of(universalId) {
      const { rows } = await pool.query<{ universal_id: string }>(
        `with own as (
           select coalesce(merged_into, universal_id) as target from universal_ids where universal_id = $1
         )
         select u.universal_id from universal_ids u, own where u.universal_id = own.target or u.merged_into = own.target
         order by u.age limit ${MAX_ALIASES}`,
        [universalId],
      );
      return [...new Set([universalId, ...rows.map(({ universal_id }) => universal_id)])];
    },
    async check() {
      await pool.query('select 1 from universal_ids limit 1');
    },
    close: () => pool.end(),
  };
}
