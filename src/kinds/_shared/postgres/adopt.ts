import { parseMemorySize } from '../../../lib/memory-size.ts';
import { Secret } from '../../../lib/secret.ts';
import type { AdoptCapability, Adoption, ComposeService } from '../../../stack/contract/compose-service.ts';
import {
  argumentsOf,
  leftOutMounts,
  readVariables,
  type VariableReader,
} from '../../../stack/derived/compose-reading.ts';

/** How services of a Compose file that run a PostgreSQL server are read. @param images see `AdoptCapability.images`. */
export function adopt(images: AdoptCapability['images']): AdoptCapability {
  return { images, read };
}

/** What only programs inside the container read, what the stack decides, and what is said elsewhere. */
const OURS =
  /^(PGDATA|PGUSER|PGPASSWORD|PGDATABASE|PGPORT|POSTGRESQL_VOLUME_DIR|POSTGRESQL_DATA_DIR|ALLOW_EMPTY_PASSWORD|POSTGRES_HOST|POSTGRES_PORT)$/;

function read(service: ComposeService): Adoption {
  const words = argumentsOf(service, /^(postgres|postmaster|run\.sh)$/);
  if (words === undefined) return { type: 'other', why: 'its command starts more than postgres, or something else' };
  const variables = readVariables(service);
  const mode = variables.take('POSTGRESQL_REPLICATION_MODE', 'POSTGRES_REPLICATION_MODE');
  const master = variables.take('POSTGRESQL_MASTER_HOST', 'POSTGRES_MASTER_HOST');
  if (master !== undefined && mode !== 'master') {
    return { type: 'same', as: master, why: 'it is a replica, and the kind is one server' };
  }
  const account = accountOf(variables);
  variables.ignore(OURS);
  const { options, leftOut, port } = settingsOf(words);
  const isPackaged = service.image?.repository.startsWith('bitnami') === true;
  return {
    type: 'server',
    options: { ...account.options, ...options },
    ports: { [port ?? 5432]: 'postgres' },
    leftOut: [...leftOut, ...variables.leftOut(), ...leftOutMounts(service, (target) => hintFor(target))],
    changed: [
      ...account.changed,
      ...(isPackaged && account.options.user !== undefined
        ? [`${String(account.options.user)} is the superuser of the server; there is no other one called postgres`]
        : []),
    ],
  };
}

function accountOf(variables: VariableReader) {
  const user = variables.take('POSTGRES_USER', 'POSTGRESQL_USERNAME', 'POSTGRESQL_USER');
  const password = variables.take('POSTGRES_PASSWORD', 'POSTGRESQL_PASSWORD', 'POSTGRESQL_POSTGRES_PASSWORD');
  const database = variables.take('POSTGRES_DB', 'POSTGRESQL_DATABASE') ?? user;
  const trust = variables.take('POSTGRES_HOST_AUTH_METHOD') === 'trust';
  return {
    options: {
      ...(database === undefined ? {} : { database }),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password: new Secret(password) }),
    },
    changed: [
      ...(trust
        ? ['clients need no password in the Compose file; here they do, and a client that gives none is refused']
        : []),
      ...(password === undefined ? ["no password is known: it has the kind's own, `postgres`"] : []),
    ],
  };
}

function hintFor(target: string): string | undefined {
  return /\.conf$/.test(target) ? 'settings go under `options: {settings: …}`' : undefined;
}

/** Setting -> option, and how its text is read; undefined: it is no such value, and the setting stays one. */
const OPTIONS: Readonly<Record<string, readonly [option: string, read: (text: string) => unknown]>> = {
  max_connections: ['maxConnections', whole],
  shared_buffers: ['sharedBuffers', size],
  work_mem: ['workMem', size],
  max_wal_size: ['maxWalSize', size],
  log_min_duration_statement: ['slowQueryMs', whole],
};

function whole(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The server's `MB` is 1024 kB, as `mb` here. */
function size(text: string): string | undefined {
  const lower = text.toLowerCase();
  return /[kmg]b$/.test(lower) && parseMemorySize(lower) !== undefined ? lower : undefined;
}

/** Short flags of `postgres`: https://www.postgresql.org/docs/current/app-postgres.html. */
const SHORT: Readonly<Record<string, string>> = { N: 'max_connections', p: 'port' };
/** What the stack decides. */
const OURS_TOO =
  /^(port|listen_addresses|data_directory|unix_socket_directories|hba_file|ident_file|external_pid_file)$/;

function settingsOf(words: readonly string[]) {
  const options: Record<string, unknown> = {};
  const settings: Record<string, string> = {};
  const leftOut: string[] = [];
  let port: number | undefined;
  for (const { name, value } of assignments(words, leftOut)) {
    const known = OPTIONS[name];
    const read = known?.[1](value);
    if (known !== undefined && read !== undefined) options[known[0]] = read;
    else if (name === 'port') port = whole(value);
    else if (name === 'config_file') leftOut.push('config_file (command): settings go under `options: {settings: …}`');
    else if (!OURS_TOO.test(name)) settings[name] = value;
  }
  return { options: { ...options, ...(Object.keys(settings).length === 0 ? {} : { settings }) }, leftOut, port };
}

function assignments(
  words: readonly string[],
  leftOut: string[],
): readonly { readonly name: string; readonly value: string }[] {
  const found: { name: string; value: string }[] = [];
  const add = (text: string): void => {
    const at = text.indexOf('=');
    const name = (at === -1 ? text : text.slice(0, at)).trim().toLowerCase().replaceAll('-', '_');
    found.push({ name, value: at === -1 ? 'on' : text.slice(at + 1).trim() });
  };
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '-c') add(words[++index] ?? '');
    else if (word.startsWith('-c')) add(word.slice(2));
    else if (word.startsWith('--')) add(word.slice(2));
    else if (SHORT[word.slice(1)] !== undefined && word.startsWith('-'))
      add(`${SHORT[word.slice(1)]}=${words[++index] ?? ''}`);
    else leftOut.push(`${word} (command)`);
  }
  return found;
}
