import type { Client } from 'pg';
import { row } from '../../../../clients/postgres/connect.ts';
import { quoteText } from '../../../../clients/postgres/identifier.ts';

/** What a shadow database has to be like. */
export interface Source {
  readonly mayCreate: boolean;
  /** Without anything, unless only template1 has an extension that this user may not make. */
  readonly template: 'template0' | 'template1';
  /** Extensions that the database has to have from its template: this user may not make them. */
  readonly needs: readonly string[];
  /** Encoding and locale, in the words of CREATE DATABASE. */
  readonly options: string;
}

interface SourceRow {
  readonly may_create: boolean;
  readonly is_superuser: boolean;
  readonly encoding: string;
  readonly facts: Readonly<Record<string, string | null>>;
  /** Extensions of this database that only a superuser may make. */
  readonly untrusted: readonly string[];
}

/** Reads the database of `client`. */
export async function readSource(client: Client): Promise<Source> {
  const { may_create: mayCreate, is_superuser: all, encoding, facts, untrusted } = await row<SourceRow>(client, SOURCE);
  const needs = all ? [] : untrusted;
  return {
    mayCreate,
    needs,
    template: needs.length > 0 ? 'template1' : 'template0',
    options: [`encoding ${quoteText(encoding)}`, ...localeOptions(facts)].join(' '),
  };
}

const SOURCE = `
  select r.rolcreatedb or r.rolsuper as may_create, r.rolsuper as is_superuser, pg_encoding_to_char(d.encoding) as encoding, to_jsonb(d) as facts,
         array(select e.extname::text from pg_extension e join pg_available_extension_versions v
                 on v.name = e.extname and v.version = e.extversion
               where v.superuser and not v.trusted order by 1) as untrusted
  from pg_database d, pg_roles r where d.datname = current_database() and r.rolname = session_user`;

const PROVIDERS: Readonly<Record<string, string>> = { i: 'icu', b: 'builtin' };

/** Columns of newer servers are read from the row as they are called there. */
function localeOptions({
  datcollate,
  datctype,
  datlocprovider,
  daticulocale,
  datlocale,
}: SourceRow['facts']): readonly string[] {
  const provider = PROVIDERS[datlocprovider ?? 'c'];
  const locale = datlocale ?? daticulocale;
  return [
    `lc_collate ${quoteText(datcollate ?? 'C')}`,
    `lc_ctype ${quoteText(datctype ?? 'C')}`,
    ...(provider === undefined ? [] : [`locale_provider ${provider}`]),
    ...(provider === undefined || locale == null ? [] : [`${provider}_locale ${quoteText(locale)}`]),
  ];
}
