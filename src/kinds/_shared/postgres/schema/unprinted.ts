import type { SchemaObject } from '../../../../stack/contract/schema.ts';
import { type CatalogReader, notOfExtension } from './node.ts';

/** Objects of the user that a dump cannot make. It names them, so that they are not missed and count in a comparison. */
export async function readUnprinted({ rows, schemas }: CatalogReader): Promise<readonly SchemaObject[]> {
  const found = await rows<{ type: string; name: string }>(UNPRINTED, [schemas]);
  return found.map(({ type, name }) => ({ type, name, sql: `-- ${NOTE}\n` }));
}

const NOTE = 'stackctl cannot print this kind of object: make it by hand.';

const IN_SCHEMAS: readonly (readonly [catalog: string, namespace: string, condition: string])[] = [
  ['pg_class', 'relnamespace', "o.relkind = 'f'"],
  ['pg_type', 'typnamespace', "o.typtype in ('b', 'p') and o.typelem = 0 and o.typrelid = 0"],
  ['pg_operator', 'oprnamespace', 'true'],
  ['pg_opclass', 'opcnamespace', 'true'],
  ['pg_opfamily', 'opfnamespace', 'true'],
  ['pg_conversion', 'connamespace', 'true'],
  ['pg_ts_config', 'cfgnamespace', 'true'],
  ['pg_ts_dict', 'dictnamespace', 'true'],
  ['pg_ts_parser', 'prsnamespace', 'true'],
  ['pg_ts_template', 'tmplnamespace', 'true'],
];

const OF_DATABASE = ['pg_cast', 'pg_foreign_data_wrapper', 'pg_foreign_server', 'pg_language', 'pg_transform', 'pg_am'];

/** The casts of a range come with it. */
const ofItself = (catalog: string): string =>
  `not exists (select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = o.oid and d.deptype = 'i')`;

const UNPRINTED = `
  select i.type, i.identity as name from (
    ${[
      ...IN_SCHEMAS.map(([catalog, namespace, condition]) =>
        select(catalog, `o.${namespace} = any ($1) and ${condition}`),
      ),
      ...OF_DATABASE.map((catalog) => select(catalog, `o.oid >= 16384 and ${ofItself(catalog)}`)),
    ].join('\n    union all\n    ')}
  ) as found (class, oid), pg_identify_object(found.class, found.oid, 0) i
  order by i.type collate "C", i.identity collate "C"`;

function select(catalog: string, condition: string): string {
  return `select '${catalog}'::regclass, o.oid from ${catalog} o where ${condition} and ${notOfExtension(catalog, 'o.oid')}`;
}
