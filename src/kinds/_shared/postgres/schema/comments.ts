import { byCode } from '../../../../lib/by-code.ts';
import { groupBy } from '../../../../lib/group-by.ts';
import type { CatalogReader } from './node.ts';

interface CommentRow {
  readonly row: string;
  readonly type: string;
  readonly identity: string;
  readonly column: number;
  readonly text: string;
}

/** COMMENT statements of each row of the catalog. */
export async function readComments({ rows }: CatalogReader): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = await rows<CommentRow>(
    `select d.classoid::regclass || ':' || d.objoid as row, i.type, i.identity, d.objsubid as column, quote_literal(d.description) as text
     from pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
     where (d.objoid >= 16384 or d.classoid = 'pg_namespace'::regclass and d.objoid = (select oid from pg_namespace where nspname = 'public'))
       -- Extensions bring their own, which depends on their edition.
       and d.classoid <> 'pg_extension'::regclass
       and not (d.classoid = 'pg_namespace'::regclass and d.description = 'standard public schema')
     order by d.objsubid`,
  );
  const sorted = found.toSorted((a, b) => a.column - b.column || byCode(a.identity, b.identity));
  const byRow = groupBy(sorted, ({ row }) => row);
  return new Map([...byRow].map(([row, comments]) => [row, comments.map(commentOf)]));
}

function commentOf({ type, identity, text }: CommentRow): string {
  return `COMMENT ON ${targetOf(type, identity)} IS ${text}`;
}

/** What pg_identify_object calls a kind of object, in the words of COMMENT. */
export function targetOf(type: string, identity: string): string {
  if (/ column$/.test(type)) return `COLUMN ${identity}`;
  if (type === 'domain constraint')
    return `CONSTRAINT ${identity.replace(/ on (?=("[^"]*(""[^"]*)*"|[^" ])+$)/, ' ON DOMAIN ')}`;
  if (type === 'table constraint') return `CONSTRAINT ${identity}`;
  if (type === 'composite type') return `TYPE ${identity}`;
  if (type === 'statistics object') return `STATISTICS ${identity}`;
  return `${type.toUpperCase()} ${identity}`;
}
