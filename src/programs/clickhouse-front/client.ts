import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { errorText } from '../../errors.ts';
import { type ClientOptions, clientOptions } from './client-options.ts';
import { readStatement, splitStatements } from './sql-text.ts';

export interface ClientInput {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly isTerminal: boolean;
}

const HELP = `clickhouse-client over HTTP, the part of it that stackctl brings along.

  --query SQL, -q       run SQL (several: separated by ;), data of an INSERT from standard input
  --queries-file FILE   run the statements of a file
  --format NAME, -f     output format (default TabSeparated, PrettyCompact on a terminal); --vertical, -E
  --host, -h  --http-port  --user, -u  --password  --database, -d
                        also CLICKHOUSE_HOST, CLICKHOUSE_PORT (HTTP), CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, CLICKHOUSE_DATABASE
  --NAME=VALUE          a setting of the server, or --param_NAME=VALUE
  --version, -V         of the server
Without --query the statements come from standard input; on a terminal, line by line until a ;.
`;

/** Returns the exit code: 0, the server's error code (its lowest 8 bits, never 0), or 1. */
export async function runClient(input: ClientInput): Promise<number> {
  const options = clientOptions(input.words, input.env);
  if (options.ask === 'help') return print(input.stdout, HELP);
  if (options.ask === 'version') return runScript(input, options, 'SELECT version()');
  if (options.queriesFile !== undefined) return runScript(input, options, await readFile(options.queriesFile, 'utf8'));
  if (options.queries.length > 0) return runQueries(input, options);
  return input.isTerminal ? converse(input, options) : runScript(input, options, await textOf(input.stdin));
}

async function runQueries(input: ClientInput, options: ClientOptions): Promise<number> {
  const statements = options.queries.flatMap(splitStatements);
  for (const statement of statements) {
    const found = readStatement(statement);
    const wantsData = found.type === 'insert' && statement.slice(found.dataAt).trim() === '';
    const code = await send(input, options, statement, wantsData ? input.stdin : undefined);
    if (code !== 0) return code;
  }
  return 0;
}

async function runScript(input: ClientInput, options: ClientOptions, script: string): Promise<number> {
  for (const statement of splitStatements(script)) {
    const code = await send(input, options, statement, undefined);
    if (code !== 0) return code;
  }
  return 0;
}

/** A terminal: a statement ends with a `;` at the end of a line, or with the line when it needs none. */
async function converse(input: ClientInput, options: ClientOptions): Promise<number> {
  const lines = createInterface({ input: input.stdin, output: input.stdout, prompt: ':) ', historySize: 1000 });
  const shown = { ...options, format: options.format ?? 'PrettyCompact' };
  let typed = '';
  lines.prompt();
  for await (const line of lines) {
    if (typed === '' && /^\s*(exit|quit|logout|\\q|q)\s*;?\s*$/i.test(line)) break;
    typed += `${line}\n`;
    if (/;\s*$/.test(line)) {
      for (const statement of splitStatements(typed)) await send(input, shown, statement, undefined);
      typed = '';
    }
    lines.setPrompt(typed.trim() === '' ? ':) ' : ':-] ');
    lines.prompt();
  }
  lines.close();
  return 0;
}

async function send(
  { stdout, stderr }: ClientInput,
  options: ClientOptions,
  statement: string,
  data: Readable | undefined,
): Promise<number> {
  const started = performance.now();
  const url = new URL(`http://${options.host}:${options.port}/`);
  if (options.database !== undefined) url.searchParams.set('database', options.database);
  url.searchParams.set('default_format', options.format ?? 'TabSeparated');
  for (const [name, value] of options.settings) url.searchParams.set(name, value);
  // With data from elsewhere the statement stands in the URL, and the data alone is the body.
  if (data !== undefined) url.searchParams.set('query', statement);
  const headers = { 'X-ClickHouse-User': options.user, 'X-ClickHouse-Key': options.password };
  const body = data ?? Readable.from([Buffer.from(statement, 'utf8')]);
  try {
    const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, agent: false }, resolve).on('error', reject);
      body.on('error', reject).pipe(sent);
    });
    const code = Number(response.headers['x-clickhouse-exception-code'] ?? (response.statusCode === 200 ? 0 : 1));
    response.pipe(code === 0 ? stdout : stderr, { end: false });
    await finished(response, { writable: false });
    if (options.time) stderr.write(`${((performance.now() - started) / 1000).toFixed(3)}\n`);
    return code === 0 ? 0 : code % 256 || 1;
  } catch (error) {
    const reason = errorText(error);
    stderr.write(`no answer from ${options.host}:${options.port}: ${reason}\n`);
    return 210; // NETWORK_ERROR, as clickhouse-client ends
  }
}

function print(to: Writable, text: string): number {
  to.write(text);
  return 0;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
