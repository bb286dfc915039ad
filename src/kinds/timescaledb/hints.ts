import type { Client } from 'pg';
import { SQLSTATE } from '../../clients/postgres/failure.ts';
import { OWN_FILE } from '../_shared/postgres/migrator/hints.ts';
import type { ExtensionHint } from '../_shared/postgres/migrator/refused.ts';
import { leadingWords } from '../_shared/postgres/sql/refused-statements.ts';
import type { Edition } from './extension.ts';
import { readExtensionState } from './read-extension-state.ts';

/** What to do about the errors of TimescaleDB in this server. */
export async function hints(client: Client): Promise<ExtensionHint> {
  const { edition, version } = await readExtensionState(client);
  return version === undefined ? () => undefined : hintOf(edition);
}

/** `TS…` are the extension's own SQLSTATEs: https://github.com/timescale/timescaledb, src/errors.h. Pure. */
function hintOf(edition: Edition | undefined): ExtensionHint {
  return ({ said: { sqlstate, routine }, text }) => {
    if (sqlstate === 'TS103')
      return 'A unique index or primary key of a hypertable must have the column that it is partitioned by: add that column to it. Then run `stackctl migrate up` again.';
    if (sqlstate === 'TS110')
      return 'The table is a hypertable already: add if_not_exists => true, or leave the statement out. Then run `stackctl migrate up` again.';
    if (sqlstate !== SQLSTATE.featureNotSupported) return undefined;
    if (/^CREATE (UNIQUE )?INDEX CONCURRENTLY\b/.test(leadingWords(text)))
      return `A hypertable takes no index concurrently: write CREATE INDEX … WITH (timescaledb.transaction_per_chunk), and ${OWN_FILE}. Then run \`stackctl migrate up\` again.`;
    if (edition === 'apache' && routine?.startsWith(NOT_IN_THIS_EDITION))
      return 'This server has the Apache edition of TimescaleDB, without compression, continuous aggregates, policies and jobs. A file that needs them says so: `-- stackctl: requires=timescaledb-tsl`, with optional=true where the stack can do without. Then run `stackctl migrate up` again.';
    return undefined;
  };
}

/** Functions of src/cross_module_fn.c, which stand for those that this edition does not have. */
const NOT_IN_THIS_EDITION = 'error_no_default_fn';
