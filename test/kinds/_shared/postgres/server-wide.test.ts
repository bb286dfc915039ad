import { expect, test } from 'vitest';
import { serverWide } from '../../../../src/kinds/_shared/postgres/shadow/server-wide.ts';

test.each([
  ['create role a', 'CREATE ROLE'],
  ['ALTER /* x */ DATABASE shop SET work_mem = 1', 'ALTER DATABASE'],
  ['alter system set x = 1', 'ALTER SYSTEM'],
  ['grant reader to shop', 'GRANT of a role'],
  ['revoke all on database shop from public', 'REVOKE ON DATABASE'],
  ['create subscription s connection $$$$ publication p', 'CREATE SUBSCRIPTION'],
  ["comment on role a is 'x'", 'COMMENT ON ROLE'],
  ['drop owned by a', 'DROP OWNED'],
])('%s', (text, what) => {
  expect(serverWide(text)).toBe(`${what} concerns the whole server`);
});

test.each([
  'create table role (n int)',
  'grant select on t to reader',
  'create user mapping for a server s',
  'alter default privileges grant select on tables to reader',
  "comment on table t is 'x'",
  "insert into t values ('create role a')",
])('%s is of its own database', (text) => {
  expect(serverWide(text)).toBeUndefined();
});
