import { type IncomingMessage, request } from 'node:http';
import { defined } from '../../lib/defined.ts';
import { deadline } from '../../lib/poll.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';
import { ClickhouseError } from './failure.ts';

const KEEP_ALIVE_MS = 30_000;

export interface ClickhouseTarget {
  /** Of the HTTP interface. */
  readonly address: Address;
  readonly user: string;
  readonly password: Secret;
  /** Undefined: the user's own, so that a database that does not exist yet is no error. */
  readonly database?: string;
  /** Deadline of the whole request, in milliseconds; 0: as long as it takes. */
  readonly timeoutMs: number;
  /** For every statement. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface AskOptions {
  /** For `{name:Type}` in the statement. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
  /** The statement runs in a session of the server, in its database and with its settings: those of the target do not count. */
  readonly session?: SessionUse;
}

/** What the HTTP interface is told of a session: settings, database and temporary tables stay from one request to the next. */
export interface SessionUse {
  readonly id: string;
  /** How long the server keeps it after a request, in seconds. */
  readonly timeoutS: number;
  /** Refuse instead of beginning a new one. */
  readonly mustExist: boolean;
}

export interface Answer<Row> {
  readonly rows: readonly Row[];
  /** What the server calls itself: its host name by default. */
  readonly displayName: string;
}

/**
 * Runs one statement over HTTP on a connection of its own, so that what it measures is the server as it is now. Numbers
 * come as numbers: what is asked for must fit (2^53).
 * @throws ClickhouseError for what the server says, the network's error, or a timeout of `deadline`.
 */
export async function askClickhouse<Row>(
  target: ClickhouseTarget,
  statement: string,
  options: AskOptions = {},
): Promise<Answer<Row>> {
  const { text, displayName } = await post(target, statement, 'JSONEachRow', options);
  const lines = text.split('\n').filter((line) => line !== '');
  return { rows: lines.map((line) => JSON.parse(line) as Row), displayName };
}

/** For a statement whose rows, if it has any, are not wanted. @param statement in UTF-8 where it is no text. */
export async function runOnClickhouse(
  target: ClickhouseTarget,
  statement: string | Buffer,
  options: AskOptions = {},
): Promise<void> {
  await post(target, statement, 'Null', options);
}

async function post(
  target: ClickhouseTarget,
  statement: string | Buffer,
  format: 'JSONEachRow' | 'Null',
  options: AskOptions,
): Promise<{ readonly text: string; readonly displayName: string }> {
  const response = await posted(target, statement, format, options);
  const text = await textOf(response);
  if (codeOf(response) !== 0 || response.statusCode !== 200) throwError(response, text);
  return { text, displayName: String(response.headers['x-clickhouse-server-display-name'] ?? '') };
}

/** The answer, whose head has arrived. */
export function posted(
  target: ClickhouseTarget,
  statement: string | Buffer,
  format: string,
  { signal, ...options }: AskOptions,
): Promise<IncomingMessage> {
  const limit = target.timeoutMs === 0 ? signal : deadline(target.timeoutMs, signal);
  return open(target, { statement, search: searchOf(target, format, options) }, limit);
}

export function codeOf({ headers }: IncomingMessage): number {
  return Number(headers['x-clickhouse-exception-code'] ?? 0);
}

export function throwError(response: IncomingMessage, text: string): never {
  throw new ClickhouseError(codeOf(response), response.statusCode ?? 0, text);
}

function searchOf(
  { settings: always, database }: ClickhouseTarget,
  format: string,
  { parameters = {}, settings = {}, session }: Omit<AskOptions, 'signal'>,
): URLSearchParams {
  const texts = (all: Readonly<Record<string, string | number>>): (readonly [string, string])[] =>
    Object.entries(all).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams({
    default_format: format,
    ...(session === undefined
      ? { output_format_json_quote_64bit_integers: '0', ...always, ...defined({ database }) }
      : inSession(session)),
    ...Object.fromEntries(texts(settings)),
    ...Object.fromEntries(texts(parameters).map(([name, value]) => [`param_${name}`, escaped(value)])),
  });
}

/** A database or a setting in the address would count in the place of what the session was given before. */
function inSession({ id, timeoutS, mustExist }: SessionUse): Readonly<Record<string, string>> {
  return {
    session_id: id,
    session_timeout: String(timeoutS),
    ...(mustExist && { session_check: '1' }),
    // Otherwise a failure after the first rows would come with the status of a success.
    wait_end_of_query: '1',
  };
}

function open(
  target: ClickhouseTarget,
  { statement, search }: { readonly statement: string | Buffer; readonly search: URLSearchParams },
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const headers = {
    'Content-Type': 'text/plain; charset=UTF-8',
    'Content-Length': Buffer.byteLength(statement),
    'X-ClickHouse-User': target.user,
    'X-ClickHouse-Key': target.password.reveal(),
  };
  return new Promise((resolve, reject) => {
    const { host, port } = target.address;
    const options = { host, port, method: 'POST', path: `/?${search}`, headers, agent: false } as const;
    const sent = request({ ...options, ...defined({ signal }) }, resolve);
    // The signal's own reason says whether it was the deadline.
    // A statement may take hours without a byte from the server.
    sent.setSocketKeepAlive(true, KEEP_ALIVE_MS);
    sent.on('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    sent.end(statement);
  });
}

/** A parameter is read like a value of the format TabSeparated. */
function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };
  return text.replace(/[\\\t\n\r\0]/g, (character) => names[character] ?? character);
}

export async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A name, quoted for SQL. */
export function quoteName(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``;
}

/** A text, quoted for SQL where a parameter cannot stand. */
export function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
