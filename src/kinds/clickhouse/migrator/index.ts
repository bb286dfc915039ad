import { askClickhouse } from '../../../clients/clickhouse/ask.ts';
import type { MigratorCapability } from '../../../stack/contract/migrate.ts';
import type { ClickhouseOptions } from '../options.ts';
import { untilDone } from '../provision.ts';
import { CLICKHOUSE_SQL } from '../sql/dialect.ts';
import { serviceTarget } from '../target.ts';
import { readBindings } from './bindings.ts';
import { migrationFailure } from './failure.ts';
import { requirements } from './requirements.ts';
import { migrationSession } from './session.ts';

const ASK_MS = 10_000;

/**
 * No statement that defines a schema is transactional: a file runs statement by statement, in one session of the server,
 * and holds only statements that can run again (IF NOT EXISTS and the like), unless it says otherwise.
 */
export const migrator: MigratorCapability<ClickhouseOptions> = {
  sql: CLICKHOUSE_SQL,
  requirements,
  withoutTransactions: true,
  connect: async (input, signal) => {
    const target = serviceTarget(input, ASK_MS);
    const service = input.service.name;
    await untilDone(input, signal, () => askClickhouse(target, 'SELECT 1', { signal }));
    const { settings, lifted } = await readBindings(target).catch((error: unknown) => {
      throw migrationFailure(error, { service, timeoutMs: ASK_MS, signal });
    });
    return migrationSession({ ...target, settings }, { service, lifted });
  },
};
