import type { Client } from 'pg';
import { row } from '../../clients/postgres/connect.ts';
import { SQLSTATE, sqlstateOf } from '../../clients/postgres/failure.ts';
import { type Edition, EXTENSION, type ExtensionState } from './extension.ts';

/** What a database has of the extension. */
export async function readExtensionState(client: Client): Promise<ExtensionState> {
  const { version, license, server, preloaded } = await row<{
    version: string | null;
    license: string | null;
    server: string;
    preloaded: boolean;
  }>(
    client,
    `select (select extversion from pg_extension where extname = $1) as version,
            current_setting('timescaledb.license', true) as license,
            current_setting('server_version') as server,
            -- Defined by the library that is loaded at the start, and by nothing else.
            current_setting('timescaledb.disable_load', true) is not null as preloaded`,
    [EXTENSION],
  );
  const isThere = version !== null;
  return {
    version: version ?? undefined,
    edition: version === null ? undefined : editionOf(license),
    available: isThere || (await isAvailable(client)),
    preloaded,
    hasLibrary: isThere || (await hasLibrary(client)),
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

/** In the folder where the start script searches too. */
async function hasLibrary(client: Client): Promise<boolean | undefined> {
  try {
    const { found } = await row<{ found: boolean }>(
      client,
      `select coalesce(bool_or((pg_stat_file(setting || '/' || $1 || suffix, true)).size is not null), false) as found
       from pg_config, (values ('.so'), ('.dylib')) as suffixes (suffix) where name = 'PKGLIBDIR'`,
      [EXTENSION],
    );
    return found;
  } catch (error) {
    if (sqlstateOf(error) === SQLSTATE.insufficientPrivilege) return undefined;
    throw error;
  }
}
