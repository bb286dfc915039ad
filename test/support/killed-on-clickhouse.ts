import { askClickhouse, type ClickhouseTarget, runOnClickhouse } from '../../src/clients/clickhouse/ask.ts';
import { isKnownToHaveEnded } from '../../src/lib/process-identity.ts';
import { Secret } from '../../src/lib/secret.ts';
import { CLICKHOUSE, type KilledFile, type Rows, type ServerSide, type ShopKind } from './killed-migration.ts';

function serverAt(port: number): ServerSide {
  const target: ClickhouseTarget = {
    address: { host: '127.0.0.1', port },
    user: 'shop',
    password: new Secret('shop_pass'),
    database: 'shop',
    timeoutMs: 20_000,
  };
  const sql = async (text: string): Promise<Rows> => {
    const statements = text.split('; ');
    for (const statement of statements.slice(0, -1)) await runOnClickhouse(target, statement);
    return (await askClickhouse<Rows[number]>(target, statements.at(-1) ?? '')).rows;
  };
  return {
    sql,
    state: async () => {
      const rows = await sql(`SELECT name FROM system.tables WHERE database = 'shop' AND name = 'stackctl_migrations'`);
      if (rows.length === 0) return undefined;
      const [row] =
        await sql(`SELECT concat(state, if(part = 'down' AND state IN ('running', 'failed'), '+', '')) AS state
        FROM stackctl_migrations ORDER BY written DESC LIMIT 1`);
      return row?.state as string | undefined;
    },
    leftBy: async () => {
      const locks = await sql(
        `SELECT comment FROM system.tables WHERE database = 'shop' AND name LIKE 'stackctl_migrations_lock%'`,
      );
      // That of a run which is known to have ended binds nobody; a verb that finds nothing to do leaves it there.
      const held = locks
        .map(({ comment }) => String(comment))
        .filter((text) => !isKnownToHaveEnded(JSON.parse(text).process));
      const open = await sql(`SELECT mutation_id AS id FROM system.mutations WHERE database = 'shop' AND NOT is_done`);
      return [...held, ...open.map(({ id }) => `mutation ${id}`)];
    },
  };
}

export const ON_CLICKHOUSE: ShopKind = { ...CLICKHOUSE, serverAt };

const OWN = ['stackctl_migrations', 'stackctl_migration_events', 'stackctl_migrations_lock'];
const BASE = {
  before: [
    'CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a',
    'CREATE TABLE gone (a UInt8) ENGINE = MergeTree ORDER BY a',
  ],
  reset: [...OWN, 't', 'made', 'copy', 'gone'].map((table) => `DROP TABLE IF EXISTS ${table} SYNC`).join('; '),
};
const IN_T = 'SELECT * FROM t ORDER BY a';
const IN_COPY = 'SELECT * FROM copy ORDER BY a';
const GONE = 'SELECT a FROM gone ORDER BY a';
const IS_MADE = 'EXISTS TABLE made';

/** Every statement may run again, mutations among them. */
export const REPEATABLE: KilledFile = {
  ...BASE,
  before: [...BASE.before, 'INSERT INTO t VALUES (1), (2)'],
  text: `CREATE TABLE IF NOT EXISTS made (a UInt8) ENGINE = MergeTree ORDER BY a;
ALTER TABLE t ADD COLUMN IF NOT EXISTS b UInt8 DEFAULT 7;
ALTER TABLE t DELETE WHERE a = 2;
CREATE OR REPLACE VIEW copy AS SELECT a FROM t;
-- stackctl: down
DROP VIEW IF EXISTS copy;
ALTER TABLE t DROP COLUMN IF EXISTS b;
ALTER TABLE t DELETE WHERE a = 1;
DROP TABLE IF EXISTS made;
`,
  made: { [IN_T]: [{ a: 1, b: 7 }], [IN_COPY]: [{ a: 1 }], [IS_MADE]: [{ result: 1 }] },
  gone: { [IN_T]: [], [IS_MADE]: [{ result: 0 }], 'EXISTS TABLE copy': [{ result: 0 }] },
  seen: {},
};

/** Statements that cannot run twice, with a temporary table that ends with the session. */
export const ONCE: KilledFile = {
  ...BASE,
  text: `-- stackctl: once=true
CREATE TEMPORARY TABLE source (a UInt8);
INSERT INTO source VALUES (1);
INSERT INTO t SELECT a FROM source;
CREATE TABLE copy ENGINE = MergeTree ORDER BY a AS SELECT a FROM source;
ALTER TABLE t ADD COLUMN IF NOT EXISTS b UInt8 DEFAULT 7;
INSERT INTO t VALUES (3, 8);
ALTER TABLE t UPDATE b = b + 1 WHERE a = 3;
-- stackctl: down once=true
INSERT INTO gone SELECT a FROM t WHERE a = 1;
ALTER TABLE t DELETE WHERE a = 1;
DROP TABLE copy;
TRUNCATE TABLE t;
INSERT INTO gone VALUES (9);
`,
  made: {
    [IN_T]: [
      { a: 1, b: 7 },
      { a: 3, b: 9 },
    ],
    [IN_COPY]: [{ a: 1 }],
    [GONE]: [],
  },
  gone: { [IN_T]: [], 'EXISTS TABLE copy': [{ result: 0 }], [GONE]: [{ a: 1 }, { a: 9 }] },
  seen: {
    'INSERT INTO t SELECT': 'SELECT 1 FROM t WHERE a = 1',
    'CREATE TABLE copy': "SELECT 1 FROM system.tables WHERE database = 'shop' AND name = 'copy'",
    'INSERT INTO t VALUES': 'SELECT 1 FROM t WHERE a = 3',
    'ALTER TABLE t UPDATE': 'SELECT 1 FROM t WHERE a = 3 AND b = 9',
    'INSERT INTO gone SELECT': 'SELECT 1 FROM gone WHERE a = 1',
    'DROP TABLE copy':
      "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM system.tables WHERE database = 'shop' AND name = 'copy')",
    'TRUNCATE TABLE t': 'SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM t)',
    'INSERT INTO gone VALUES': 'SELECT 1 FROM gone WHERE a = 9',
  },
};
