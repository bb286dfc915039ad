import * as z from 'zod';
import type { PostgresTarget } from '../../../clients/postgres/connect.ts';
import { type Purpose, SESSIONS } from '../../../clients/postgres/purpose.ts';
import { StackctlError } from '../../../errors.ts';
import { parseMemorySize } from '../../../lib/memory-size.ts';
import { Secret } from '../../../lib/secret.ts';
import type { Address, ServiceInput } from '../../../stack/contract/model.ts';
import { secretOption } from '../../../stack/values/secret-option.ts';

/** Set by stackctl: another value would break the service. */
const OWN_SETTINGS = new Set([
  'config_file',
  'data_directory',
  'external_pid_file',
  'hba_file',
  'ident_file',
  'listen_addresses',
  'port',
  'unix_socket_directories',
]);

const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'must be a name of letters, digits, _ and -, at most 63 characters');

const size = z
  .string()
  .refine((text) => sizeInKb(text) !== undefined, 'must be a size of at least 1kb such as 64mb or 1gb');

/** The options that every PostgreSQL server has; a kind adds its own. The defaults are the server's own. */
export const serverOptions = {
  database: name
    .refine((text) => text !== 'template0', 'takes no connections: name another one')
    .default('postgres')
    .describe('Name of the database; it is quoted in SQL, so case counts'),
  user: name
    .refine((text) => !text.startsWith('pg_'), 'must not begin with pg_: the server keeps these names')
    .refine((text) => !['public', 'none'].includes(text), 'is a name that the server keeps for itself')
    .default('postgres')
    .describe('The superuser that the server is made with; case counts'),
  password: secretOption()
    .refine((secret) => /^[^\0\r\n]+$/.test(secret.reveal()), 'must be one line and not empty')
    .default(() => new Secret('postgres'))
    .describe('Password of that user'),
  maxConnections: z.number().int().min(10).max(10_000).default(100).describe('Connections at the same time'),
  sharedBuffers: size.default('128mb').describe("Memory for the server's cache of pages"),
  workMem: size.default('4mb').describe('Memory of one sort or hash before it goes to disk'),
  maxWalSize: size.default('1gb').describe('Size of the write-ahead log at which a checkpoint begins'),
  slowQueryMs: z
    .number()
    .int()
    .min(-1)
    .max(2_147_483_647)
    .default(-1)
    .describe('Statements that take longer are logged, in milliseconds; -1: none'),
  settings: z
    .record(
      z
        .string()
        .regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/, 'must be the name of a setting')
        .refine((key) => !OWN_SETTINGS.has(key), 'is set by stackctl'),
      z.union([z.string().regex(/^[^\0\r\n]*$/, 'must be one line'), z.number(), z.boolean()]),
    )
    .default({})
    .describe('Any other setting of the server, as it is written in postgresql.conf'),
};

const schema = z.strictObject(serverOptions);

export type ServerOptions = z.output<typeof schema>;

/** `128mb` -> 131072: every version of the server understands a number of kB. */
export function sizeInKb(text: string): number | undefined {
  const bytes = parseMemorySize(text);
  return bytes === undefined || bytes < 1024n ? undefined : Number(bytes / 1024n);
}

/** Where a client finds the service's database. */
export function targetOf(
  address: Address,
  { database, user, password }: Pick<ServerOptions, 'database' | 'user' | 'password'>,
  purpose: Purpose,
): PostgresTarget {
  return { address, database, user, password, ...SESSIONS[purpose] };
}

/** Of a service, whose first instance has the database. @throws E_NOT_RUNNING when it has none. */
export function serviceTarget({ service }: ServiceInput<ServerOptions>, purpose: Purpose): PostgresTarget {
  const [first] = service.instances;
  if (first === undefined) throw new StackctlError('E_NOT_RUNNING', `${service.name} has no instances`);
  return targetOf(first.client, service.options, purpose);
}
