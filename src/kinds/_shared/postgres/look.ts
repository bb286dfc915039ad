import type { Client } from 'pg';
import { type PostgresTarget, row, withPostgres } from '../../../clients/postgres/connect.ts';
import { failureText } from '../../../clients/postgres/failure.ts';
import type { Probe } from '../../../stack/contract/kind.ts';

/** Facts of one server, as `status --json` prints them. */
export interface ServerFacts {
  readonly version: string;
  readonly databaseSizeBytes: number;
  readonly connections: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** What a kind sees beyond the server itself. */
export interface MoreToSee {
  readonly reasons: readonly string[];
  readonly degraded?: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * One look over TCP. The server must answer on two connections, one after the other, and be the same both times: what
 * answers once may be about to restart.
 */
export async function lookAtServer(
  target: PostgresTarget,
  seeMore: (client: Client) => Promise<MoreToSee>,
): Promise<Probe> {
  try {
    const first = await withPostgres(target, async (client) => ({
      ...(await look(client)),
      more: await seeMore(client),
    }));
    const again = await withPostgres(target, (client) =>
      row<{ started: string }>(client, `select ${STARTED} as started`),
    );
    const { version, databaseSizeBytes, connections, started, recovering, more } = first;
    const facts: ServerFacts = { version, databaseSizeBytes, connections, startedAt: started };
    return {
      role: recovering ? 'replica' : 'primary',
      reasons: [
        ...(again.started === started ? [] : ['the server was restarted while it was looked at']),
        ...(recovering ? ['the server is in recovery and takes no writes'] : []),
        ...more.reasons,
      ],
      ...(more.degraded === undefined || more.degraded.length === 0 ? {} : { degraded: more.degraded }),
      facts: { ...facts, ...more.facts },
    };
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, target.timeoutMs)}`], facts: {} };
  }
}

const STARTED = `to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

interface Look {
  readonly version: string;
  readonly databaseSizeBytes: number;
  readonly connections: number;
  readonly started: string;
  readonly recovering: boolean;
}

async function look(client: Client): Promise<Look> {
  const seen = await row<Record<Exclude<keyof Look, 'recovering'>, string> & { readonly recovering: boolean }>(
    client,
    `select current_setting('server_version') as version,
            pg_database_size(current_database()) as "databaseSizeBytes",
            (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
            ${STARTED} as started,
            pg_is_in_recovery() as recovering`,
  );
  return {
    version: seen.version.split(' ')[0] ?? seen.version,
    databaseSizeBytes: Number(seen.databaseSizeBytes),
    connections: Number(seen.connections),
    started: seen.started,
    recovering: seen.recovering,
  };
}
