import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { failure } from './answer.ts';
import type { Account } from './protocol/front-config.ts';

/** One request of the HTTP interface, as far as it stands in its line and headers. */
export interface QueryRequest {
  /** The part of the statement that stands in the URL. */
  readonly query: string;
  readonly queryId: string | undefined;
  readonly database: string | undefined;
  readonly defaultFormat: string;
  readonly user: string;
  readonly password: string;
  readonly hasCredentials: boolean;
  readonly session: SessionRequest | undefined;
  readonly settings: ReadonlyMap<string, string>;
  /** Query parameters without `param_`, as they came: escaped like a TabSeparated value. */
  readonly parameters: ReadonlyMap<string, string>;
  /** GET must not change anything. */
  readonly readOnly: boolean;
}

export interface SessionRequest {
  readonly id: string;
  readonly timeoutS: number;
  /** Refuse instead of starting a new one. */
  readonly mustExist: boolean;
  /** It ends with this request. */
  readonly ends: boolean;
}

/** Words of the URL that are not settings. */
const RESERVED = new Set(
  'query query_id database default_format user password quota_key role stacktrace session_id session_timeout session_check close_session buffer_size wait_end_of_query client_protocol_version compress decompress'.split(
    ' ',
  ),
);
const MAX_SESSION_S = 3600;

/** @throws QueryError for what this front does not offer. */
export function readRequest(method: string, url: URL, headers: IncomingHttpHeaders): QueryRequest {
  const { searchParams } = url;
  for (const name of ['compress', 'decompress']) {
    if (isTrue(searchParams.get(name)))
      throw failure('notImplemented', `${name}=1 (the native block compression) is not offered over chdb`);
  }
  if (/^multipart\//i.test(headers['content-type'] ?? ''))
    throw failure('notImplemented', 'External tables are not offered over chdb');
  return {
    query: searchParams.get('query') ?? '',
    queryId: searchParams.get('query_id') ?? header(headers, 'x-clickhouse-query-id'),
    database: nonEmpty(searchParams.get('database') ?? header(headers, 'x-clickhouse-database')),
    defaultFormat:
      nonEmpty(searchParams.get('default_format') ?? header(headers, 'x-clickhouse-format')) ?? 'TabSeparated',
    ...credentialsOf(searchParams, headers),
    session: sessionOf(searchParams),
    settings: settingsOf(searchParams),
    parameters: parametersOf(searchParams),
    readOnly: method === 'GET' || method === 'HEAD',
  };
}

function credentialsOf(
  search: URLSearchParams,
  headers: IncomingHttpHeaders,
): Pick<QueryRequest, 'user' | 'password' | 'hasCredentials'> {
  const user = header(headers, 'x-clickhouse-user');
  const key = header(headers, 'x-clickhouse-key');
  if (user !== undefined || key !== undefined)
    return { user: user ?? 'default', password: key ?? '', hasCredentials: true };
  const basic = /^Basic +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (basic !== undefined) {
    const [name = '', ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
    return { user: name === '' ? 'default' : name, password: rest.join(':'), hasCredentials: true };
  }
  const hasCredentials = search.has('user') || search.has('password');
  return { user: search.get('user') ?? 'default', password: search.get('password') ?? '', hasCredentials };
}

function sessionOf(search: URLSearchParams): SessionRequest | undefined {
  const id = nonEmpty(search.get('session_id') ?? undefined);
  if (id === undefined) return undefined;
  const timeoutS = Number(search.get('session_timeout') ?? 60);
  if (!(timeoutS > 0 && timeoutS <= MAX_SESSION_S))
    throw failure('badArguments', `session_timeout must be 1 to ${MAX_SESSION_S}`);
  const [mustExist, ends] = ['session_check', 'close_session'].map((name) => isTrue(search.get(name)));
  return { id, timeoutS, mustExist: mustExist === true, ends: ends === true };
}

function settingsOf(search: URLSearchParams): ReadonlyMap<string, string> {
  const given = [...search].filter(([name]) => !RESERVED.has(name) && !name.startsWith('param_'));
  const strange = given.find(([name]) => !/^[A-Za-z_][\w.]*$/.test(name));
  if (strange !== undefined) throw failure('unknownSetting', `Unknown setting '${strange[0]}'`);
  return new Map(given);
}

function parametersOf(search: URLSearchParams): ReadonlyMap<string, string> {
  const given = [...search].filter(([name]) => name.startsWith('param_'));
  const strange = given.find(([name]) => !/^param_\w+$/.test(name));
  if (strange !== undefined) throw failure('badArguments', `Bad name of a query parameter: ${strange[0]}`);
  return new Map(given.map(([name, value]) => [name.slice('param_'.length), value]));
}

/** @throws QueryError 516, or 194 when nothing was given and something is needed. */
export function authenticate({ user, password, hasCredentials }: QueryRequest, account: Account): void {
  const given = createHash('sha256').update(password).digest();
  const right = timingSafeEqual(given, Buffer.from(account.passwordSha256, 'hex'));
  if (right && user === account.user) return;
  if (!hasCredentials)
    throw failure('requiredPassword', `${user}: Authentication failed: a user and a password are required`);
  throw failure(
    'authenticationFailed',
    `${user}: Authentication failed: password is incorrect, or there is no user with such name`,
  );
}

/** A text as an SQL string literal. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replaceAll('\0', '\\0')}'`;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function isTrue(text: string | null): boolean {
  return text === '1' || text === 'true';
}
