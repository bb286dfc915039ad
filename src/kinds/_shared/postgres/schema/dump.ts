import type { Client, QueryResultRow } from 'pg';
import type { SchemaObject } from '../../../../stack/contract/schema.ts';
import { assemble } from './assemble.ts';
import { readEventTriggers, readPolicies, readRules, readTriggers } from './behaviour.ts';
import { readComments } from './comments.ts';
import { readFunctions } from './functions.ts';
import { readIndexes, readStatistics } from './indexes.ts';
import type { CatalogReader, SchemaNode } from './node.ts';
import type { Needs } from './order.ts';
import { readDefaultPrivileges, readPrivileges } from './privileges.ts';
import { readPublications } from './publications.ts';
import { readCollations, readExtensions, readSchemas, schemaNodes } from './schemas.ts';
import { readSequences } from './sequences.ts';
import { readTables } from './tables.ts';
import { readTypes } from './types.ts';
import { readUnprinted } from './unprinted.ts';
import { readViews } from './views.ts';

/** What an extension keeps in tables of its own, and what follows from that for the rest. */
export interface ExtensionSchema {
  readonly nodes: readonly SchemaNode[];
  /** Relations that `nodes` make, by their keys: tables, views, indexes. */
  readonly leftOut: ReadonlySet<string>;
}

export type ReadExtension = (reader: CatalogReader) => Promise<ExtensionSchema>;

export interface DumpOptions {
  /** Also owners and privileges, which name roles of this server. */
  readonly grants: boolean;
  readonly extension?: ReadExtension | undefined;
}

/**
 * The schema of the database in an order in which it can be made, read in one transaction that changes nothing. The same
 * schema gives the same objects. The client's settings are as before when this returns.
 */
export async function dumpSchema(client: Client, options: DumpOptions): Promise<readonly SchemaObject[]> {
  await client.query('begin isolation level repeatable read, read only');
  try {
    // Names are qualified, and texts do not depend on the settings of database and role.
    await client.query(SETTINGS);
    return await readAll(client, options);
  } finally {
    await client.query('rollback');
  }
}

const SETTINGS = [
  "search_path = ''",
  "datestyle = 'ISO, YMD'",
  'intervalstyle = postgres',
  "timezone = 'UTC'",
  'extra_float_digits = 1',
  'bytea_output = hex',
  'quote_all_identifiers = off',
]
  .map((setting) => `set local ${setting}`)
  .join('; ');

async function readAll(client: Client, { grants, extension }: DumpOptions): Promise<readonly SchemaObject[]> {
  const rows = async <Row extends QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, [...values])).rows;
  const [version] = await rows<{ major: number }>("select current_setting('server_version_num')::int / 10000 as major");
  const schemas = await readSchemas(rows);
  const reader = { rows, schemas: schemas.map(({ oid }) => oid), major: version?.major ?? 0 };
  const { nodes, leftOut } = (await extension?.(reader)) ?? NOTHING;
  const others = [...schemaNodes(schemas), ...nodes, ...(await readOthers(reader, leftOut))];
  const parts = { tables: await readTables(reader, leftOut), others, needs: await readNeeds(reader) };
  const privileges = grants ? await readPrivileges(reader) : NO_TEXTS;
  const sorted = assemble({ ...parts, others: [...others, ...(grants ? await readDefaultPrivileges(reader) : [])] });
  const comments = await readComments(reader);
  const printed = sorted.flatMap((node) => objectOf(node, [comments, privileges]));
  return [SESSION, ...printed, ...(await readUnprinted(reader))];
}

/** With what the rest has to be run: bodies of functions are checked when they are used, every name is qualified. */
const SESSION: SchemaObject = {
  type: 'settings',
  name: '',
  sql: "SET check_function_bodies = off;\nSELECT pg_catalog.set_config('search_path', '', false);\n",
};

const NOTHING: ExtensionSchema = { nodes: [], leftOut: new Set() };
const NO_TEXTS: ReadonlyMap<string, readonly string[]> = new Map();

async function readOthers(reader: CatalogReader, leftOut: ReadonlySet<string>): Promise<readonly SchemaNode[]> {
  return [
    ...(await readExtensions(reader)),
    ...(await readCollations(reader)),
    ...(await readTypes(reader)),
    ...(await readFunctions(reader)),
    ...(await readSequences(reader)),
    ...(await readViews(reader, leftOut)),
    ...(await readIndexes(reader, leftOut)),
    ...(await readStatistics(reader)),
    ...(await readRules(reader, leftOut)),
    ...(await readTriggers(reader, leftOut)),
    ...(await readPolicies(reader)),
    ...(await readPublications(reader)),
    ...(await readEventTriggers(reader)),
  ];
}

function objectOf(
  { kind, name, statements, covers }: SchemaNode,
  more: readonly ReadonlyMap<string, readonly string[]>[],
): readonly SchemaObject[] {
  const all = [...statements, ...more.flatMap((texts) => covers.flatMap((key) => texts.get(key) ?? []))];
  return all.length === 0 ? [] : [{ type: kind, name, sql: all.map((statement) => `${statement};\n`).join('') }];
}

/** What pg_depend says, but for what a `serial` column owns; what belongs to an extension stands for the extension. */
async function readNeeds({ rows }: CatalogReader): Promise<Needs> {
  const found = await rows<{ row: string; needs: readonly string[] }>(
    `select d.classid::regclass || ':' || d.objid as row,
            array_agg(distinct coalesce('pg_extension:' || m.refobjid, d.refclassid::regclass || ':' || d.refobjid)) as needs
     from pg_depend d left join pg_depend m on m.classid = d.refclassid and m.objid = d.refobjid and m.deptype = 'e'
     where d.objid >= 16384 and d.refobjid >= 16384 and d.deptype <> 'e'
       and not (d.deptype in ('a', 'i') and d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
                and exists (select from pg_class s where s.oid = d.objid and s.relkind = 'S'))
     group by 1`,
  );
  return new Map(found.map(({ row, needs }) => [row, needs]));
}
