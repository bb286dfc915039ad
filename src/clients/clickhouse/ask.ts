import { type IncomingMessage, request } from 'node:http';
import { defined } from '../../lib/defined.ts';
import { deadline } from '../../lib/poll.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';
import { ClickhouseError } from './failure.ts';

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
  const { text, displayName } = await post(target, statement, options);
  const lines = text.split('\n').filter((line) => line !== '');
  return { rows: lines.map((line) => JSON.parse(line) as Row), displayName };
}

/** For a statement without rows. */
export async function runOnClickhouse(
  target: ClickhouseTarget,
  statement: string,
  options: AskOptions = {},
): Promise<void> {
  await post(target, statement, options);
}

async function post(
  target: ClickhouseTarget,
  statement: string,
  { signal, ...options }: AskOptions,
): Promise<{ readonly text: string; readonly displayName: string }> {
  const limit = target.timeoutMs === 0 ? signal : deadline(target.timeoutMs, signal);
  const response = await open(target, statement, options, limit);
  const text = await textOf(response);
  const code = Number(response.headers['x-clickhouse-exception-code'] ?? 0);
  if (code !== 0 || response.statusCode !== 200) throw new ClickhouseError(code, response.statusCode ?? 0, text);
  return { text, displayName: String(response.headers['x-clickhouse-server-display-name'] ?? '') };
}

function open(
  target: ClickhouseTarget,
  statement: string,
  { parameters = {}, settings = {} }: AskOptions,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const search = new URLSearchParams({
    default_format: 'JSONEachRow',
    output_format_json_quote_64bit_integers: '0',
    ...target.settings,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`param_${name}`, escaped(String(value))])),
    ...defined({ database: target.database }),
  });
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
    sent.on('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
    sent.end(statement);
  });
}

/** A parameter is read like a value of the format TabSeparated. */
function escaped(text: string): string {
  const names: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' };
  return text.replace(/[\\\t\n\r\0]/g, (character) => names[character] ?? character);
}

async function textOf(response: IncomingMessage): Promise<string> {
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
