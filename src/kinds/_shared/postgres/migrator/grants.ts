import { quoteIdentifier } from '../../../../clients/postgres/identifier.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import type { Refused } from './refused.ts';

/** Which right a statement lacks (SQLSTATE 42501), as the command that gives it. Pure. */
export function grantFor({ text, user, database }: Refused): string {
  const words = leadingWords(text);
  const to = quoteIdentifier(user);
  const found = RIGHTS.find(([pattern]) => pattern.test(words));
  const command = found?.[1]({ to, database: quoteIdentifier(database) });
  return command === undefined
    ? `The role that the statement runs as lacks a right: let a superuser grant it to ${to}, or run the statement as the owner`
    : `The role that the statement runs as lacks a right. A superuser gives it: ${command}`;
}

type Right = (to: { readonly to: string; readonly database: string }) => string;

const OWNER: Right = ({ to }) => `ALTER … OWNER TO ${to}, or GRANT (the role that owns the object) TO ${to}`;
const onTable =
  (right: string): Right =>
  ({ to }) =>
    `GRANT ${right} ON (the table) TO ${to}, and GRANT USAGE ON SCHEMA (its schema) TO ${to}`;
const onDatabase: Right = ({ to, database }) => `GRANT CREATE ON DATABASE ${database} TO ${to}`;
const onSchema: Right = ({ to }) => `GRANT USAGE, CREATE ON SCHEMA (the schema) TO ${to}`;

const RIGHTS: readonly (readonly [RegExp, Right])[] = [
  [/^CREATE (SCHEMA|EXTENSION|PUBLICATION)\b/, onDatabase],
  [/^CREATE (ROLE|USER|GROUP)\b|^(ALTER|DROP) (ROLE|USER|GROUP)\b/, ({ to }) => `ALTER ROLE ${to} CREATEROLE`],
  [/^(CREATE|DROP|ALTER) DATABASE\b/, ({ to }) => `ALTER ROLE ${to} CREATEDB`],
  [/^CREATE SUBSCRIPTION\b/, ({ to }) => `GRANT pg_create_subscription TO ${to} (from PostgreSQL 16 on)`],
  [/^ALTER SYSTEM\b/, ({ to }) => `GRANT ALTER SYSTEM ON PARAMETER (the setting) TO ${to}`],
  [
    /^SET (SESSION )?(AUTHORIZATION|ROLE)\b/,
    ({ to }) => `GRANT (that role) TO ${to}; SET SESSION AUTHORIZATION is for superusers`,
  ],
  [/^SET\b/, ({ to }) => `GRANT SET ON PARAMETER (the setting) TO ${to}`],
  [/^COPY\b/, ({ to }) => `GRANT pg_read_server_files TO ${to} for a file of the server, and the right on the table`],
  [
    /^(CREATE (UNIQUE )?INDEX|CREATE (OR REPLACE )?(TRIGGER|RULE|POLICY)|ALTER|DROP|COMMENT|REINDEX|VACUUM|ANALYZE|CLUSTER|REFRESH)\b/,
    OWNER,
  ],
  [/^CREATE\b/, onSchema],
  [/^(GRANT|REVOKE)\b/, ({ to }) => `GRANT (the right) TO ${to} WITH GRANT OPTION, or let the owner run it`],
  ...(['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'SELECT'] as const).map(
    (right) => [new RegExp(`^${right}\\b`), onTable(right)] as const,
  ),
];
