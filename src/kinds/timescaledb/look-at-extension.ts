import type { Client } from 'pg';
import { row } from '../../clients/postgres/connect.ts';
import { type Edition, EXTENSION, type ExtensionState } from './extension.ts';

export async function lookAtExtension(client: Client): Promise<ExtensionState> {
  const { version, license, server } = await row<{ version: string | null; license: string | null; server: string }>(
    client,
    `select (select extversion from pg_extension where extname = $1) as version,
            current_setting('timescaledb.license', true) as license,
            current_setting('server_version') as server`,
    [EXTENSION],
  );
  return {
    version: version ?? undefined,
    edition: version === null ? undefined : editionOf(license),
    available: version !== null || (await isAvailable(client)),
    serverMajor: String(Number.parseInt(server, 10)),
  };
}

function editionOf(license: string | null): Edition {
  return license === 'timescale' ? 'timescale' : 'apache';
}

async function isAvailable(client: Client): Promise<boolean> {
  const { found } = await row<{ found: boolean }>(
    client,
    'select exists (select from pg_available_extensions where name = $1) as found',
    [EXTENSION],
  );
  return found;
}
