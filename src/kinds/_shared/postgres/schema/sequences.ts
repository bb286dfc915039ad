import { type CatalogReader, isOwn, RANK, type SchemaNode } from './node.ts';

/** What a sequence has. Numbers are texts: they may be larger than 2^53. */
export interface SequenceFacts {
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

/** SQL for `SequenceFacts` of a row `s` of pg_sequence. */
export const SEQUENCE_FACTS = `json_build_object('type', format_type(s.seqtypid, null), 'start', s.seqstart::text,
  'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cache', s.seqcache::text, 'cycle', s.seqcycle)`;

const LIMITS: Readonly<Record<string, readonly [min: string, max: string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};

/** Only what is not the default. */
export function sequenceOptions({ type, start, increment, min, max, cache, cycle }: SequenceFacts): readonly string[] {
  const [least = '', most = ''] = LIMITS[type] ?? [];
  const down = increment.startsWith('-');
  const [usualMin, usualMax] = down ? [least, '-1'] : ['1', most];
  return [
    ...(start === (down ? max : min) ? [] : [`START WITH ${start}`]),
    ...(increment === '1' ? [] : [`INCREMENT BY ${increment}`]),
    ...(min === usualMin ? [] : [`MINVALUE ${min}`]),
    ...(max === usualMax ? [] : [`MAXVALUE ${max}`]),
    ...(cache === '1' ? [] : [`CACHE ${cache}`]),
    ...(cycle ? ['CYCLE'] : []),
  ];
}

interface SequenceRow {
  readonly oid: number;
  readonly name: string;
  readonly unlogged: boolean;
  readonly facts: SequenceFacts;
  /** Of a `serial`. */
  readonly owner: string | null;
  readonly owner_table: string | null;
}

/** Sequences of their own and of `serial` columns; those of identity columns come with their table. */
export async function readSequences({ rows, schemas }: CatalogReader): Promise<readonly SchemaNode[]> {
  const found = await rows<SequenceRow>(
    `select c.oid, c.oid::regclass::text as name, c.relpersistence = 'u' as unlogged, ${SEQUENCE_FACTS} as facts,
            d.refobjid::regclass || '.' || quote_ident(a.attname) as owner, 'pg_class:' || d.refobjid as owner_table
     from pg_class c join pg_sequence s on s.seqrelid = c.oid
     left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass
       and d.refobjsubid > 0 and d.deptype in ('a', 'i')
     left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where ${isOwn('pg_class', 'c', 'relnamespace')} and d.deptype is distinct from 'i'`,
    [schemas],
  );
  return found.flatMap(sequenceNodes);
}

function sequenceNodes({ oid, name, unlogged, facts, owner, owner_table: table }: SequenceRow): readonly SchemaNode[] {
  const type = facts.type === 'bigint' ? [] : [`AS ${facts.type}`];
  const words = [`CREATE ${unlogged ? 'UNLOGGED ' : ''}SEQUENCE ${name}`, ...type, ...sequenceOptions(facts)];
  const key = `pg_class:${oid}`;
  const made = { kind: 'sequence', name, rank: RANK.sequence, statements: [words.join(' ')], covers: [key] };
  if (table === null) return [made];
  const statements = [`ALTER SEQUENCE ${name} OWNED BY ${owner}`];
  const owned = {
    kind: 'owner of sequence',
    name,
    rank: RANK.sequenceOwner,
    statements,
    covers: [],
    needs: [key, table],
  };
  return [made, owned];
}
