import { withPostgres } from '../../src/clients/postgres/connect.ts';
import { targetOf } from '../../src/kinds/_shared/postgres/options.ts';
import { Secret } from '../../src/lib/secret.ts';
import { type KilledFile, POSTGRES, type Rows, type ServerSide, type ShopKind } from './killed-migration.ts';

function serverAt(port: number): ServerSide {
  const options = { database: 'shop', user: 'shop', password: new Secret('shop_pass') };
  const target = { ...targetOf({ host: '127.0.0.1', port }, options, 'migrate'), applicationName: 'test' };
  const sql = (text: string): Promise<Rows> =>
    withPostgres({ ...target, settings: { ...target.settings, search_path: 'public' } }, async (client) => {
      const result: unknown = await client.query(text);
      return ([result].flat().at(-1) as { rows?: Rows }).rows ?? [];
    });
  return {
    sql,
    state: async () => {
      const [row] = await sql(
        "select state || case part when 'down' then '+' else '' end as state from stackctl.migrations",
      );
      return row?.state as string | undefined;
    },
    leftBy: async () => {
      const rows = await sql(`select application_name || ' ' || state as text from pg_stat_activity
        where application_name like 'stackctl migrate%'
        union all select 'advisory lock of ' || pid from pg_locks where locktype = 'advisory'`);
      return rows.map(({ text }) => String(text));
    },
  };
}

export const ON_POSTGRES: ShopKind = { ...POSTGRES, serverAt };

const BASE = {
  before: ['create table counted (what text)', 'create table gone (what text)'],
  reset: 'drop schema if exists stackctl cascade; drop table if exists counted, gone, made',
};
const COUNTED = 'select what from counted order by what';
const GONE = 'select what from gone order by what';
const IS_MADE = `select to_regclass('made') is not null as there`;
const INDEX = `select indisvalid as valid from pg_index join pg_class on oid = indexrelid where relname ~ '^counted_what'`;

export const IN_TRANSACTIONS: KilledFile = {
  ...BASE,
  text: `INSERT INTO counted VALUES ('first');
CREATE TABLE made (n int);
UPDATE counted SET what = what || '+';
-- stackctl: down
INSERT INTO gone VALUES ('once');
DROP TABLE made;
DELETE FROM counted;
`,
  made: { [COUNTED]: [{ what: 'first+' }], [IS_MADE]: [{ there: true }], [GONE]: [] },
  gone: { [COUNTED]: [], [IS_MADE]: [{ there: false }], [GONE]: [{ what: 'once' }] },
  seen: {},
};

/** What cannot run twice stands beside what can run only outside of a transaction, and what nothing in the server tells of. */
export const ONE_BY_ONE: KilledFile = {
  ...BASE,
  text: `-- stackctl: transaction=false
INSERT INTO counted VALUES ('first');
CREATE TABLE made (n int);
CREATE INDEX CONCURRENTLY counted_what ON counted (what);
UPDATE counted SET what = what || '+';
VACUUM counted;
DO $$ BEGIN INSERT INTO counted VALUES ('block'); COMMIT; END $$;
INSERT INTO counted VALUES ('last');
-- stackctl: down transaction=false
INSERT INTO gone VALUES ('first');
DROP INDEX CONCURRENTLY counted_what;
DO $$ BEGIN INSERT INTO gone VALUES ('block'); COMMIT; END $$;
DROP TABLE made;
DELETE FROM counted;
`,
  made: {
    [COUNTED]: [{ what: 'block' }, { what: 'first+' }, { what: 'last' }],
    [IS_MADE]: [{ there: true }],
    [INDEX]: [{ valid: true }],
    [GONE]: [],
  },
  gone: { [COUNTED]: [], [IS_MADE]: [{ there: false }], [INDEX]: [], [GONE]: [{ what: 'block' }, { what: 'first' }] },
  seen: {
    'DO $$ BEGIN INSERT INTO counted': `select from counted where what = 'block'`,
    'DO $$ BEGIN INSERT INTO gone': `select from gone where what = 'block'`,
    'CREATE INDEX': `select from pg_class where relname = 'counted_what'`,
    'DROP INDEX': `select where to_regclass('counted_what') is null`,
  },
};
