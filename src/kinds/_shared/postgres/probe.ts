import type { Client } from 'pg';
import { type PostgresTarget, row, withPostgres } from '../../../clients/postgres/connect.ts';
import { failureText } from '../../../clients/postgres/failure.ts';
import { defined } from '../../../lib/defined.ts';
import type { Probe } from '../../../stack/contract/probe.ts';

/** Facts of one server, as `status --json` prints them. */
export interface ServerFacts {
  readonly version: string;
  readonly databaseSizeBytes: number;
  readonly connections: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** What a kind reads besides. */
export interface MoreFacts {
  readonly reasons: readonly string[];
  readonly degraded?: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Asks one server over TCP, on two connections, one after the other. It must be the same server both times: one that
 * answers once may be about to restart.
 */
export async function probeServer(
  target: PostgresTarget,
  readMore: (client: Client) => Promise<MoreFacts | undefined>,
): Promise<Probe> {
  try {
    const [server, more] = await withPostgres(
      target,
      async (client) => [await readServerFacts(client), await readMore(client)] as const,
    );
    const again = await withPostgres(target, (client) =>
      row<{ started: string }>(client, `select ${STARTED} as started`),
    );
    const { version, databaseSizeBytes, connections, started, recovering } = server;
    const facts: ServerFacts = { version, databaseSizeBytes, connections, startedAt: started };
    return {
      role: recovering ? 'replica' : 'primary',
      reasons: [
        ...(again.started === started ? [] : ['the server was restarted during this probe']),
        ...(recovering ? ['the server is in recovery and takes no writes'] : []),
        ...(more?.reasons ?? []),
      ],
      ...defined({ degraded: more?.degraded?.length === 0 ? undefined : more?.degraded }),
      facts: { ...facts, ...more?.facts },
    };
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, target.timeoutMs)}`], facts: {} };
  }
}

const STARTED = `to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

interface Answer {
  readonly version: string;
  readonly databaseSizeBytes: number;
  readonly connections: number;
  readonly started: string;
  readonly recovering: boolean;
}

async function readServerFacts(client: Client): Promise<Answer> {
  const answer = await row<Record<Exclude<keyof Answer, 'recovering'>, string> & { readonly recovering: boolean }>(
    client,
    `select current_setting('server_version') as version,
            pg_database_size(current_database()) as "databaseSizeBytes",
            (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
            ${STARTED} as started,
            pg_is_in_recovery() as recovering`,
  );
  return {
    version: answer.version.split(' ')[0] ?? answer.version,
    databaseSizeBytes: Number(answer.databaseSizeBytes),
    connections: Number(answer.connections),
    started: answer.started,
    recovering: answer.recovering,
  };
}
