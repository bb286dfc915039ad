import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createGzip, createInflate } from 'node:zlib';
import { errorTrace } from '../../errors.ts';
import { contentTypeOf, engineError, failure, QueryError, statusOf } from './answer.ts';
import { execute } from './execute.ts';
import type { Front, Outcome } from './front.ts';
import { type Account, DISPLAY_NAME } from './protocol/front-config.ts';
import { authenticate, type QueryRequest, readRequest } from './request.ts';

export interface ServerInput {
  readonly front: Front;
  readonly account: Account;
  readonly log: (text: string) => void;
}

/** ClickHouse's HTTP interface (port 8123) over the engine in this process. */
export function makeServer(input: ServerInput): Server {
  const server = createServer((request, response) => {
    answer(input, request, response).catch((error: unknown) => {
      input.log(`request failed: ${errorTrace(error)}`);
      response.destroy();
    });
  });
  // An insert may take as long as its client needs; and a client must not send on a connection that is being closed.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 30_000;
  return server;
}

async function answer(input: ServerInput, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  if (url.pathname === '/ping' || url.pathname === '/replicas_status') return text(response, 200, 'Ok.\n');
  if (url.pathname !== '/' && url.pathname !== '/query') {
    return text(response, 404, `There is no handle ${url.pathname}\n\nUse / or /ping for health checks.\n`);
  }
  const isBare = (method === 'GET' || method === 'HEAD') && !url.searchParams.has('query');
  if (isBare) return text(response, 200, 'Ok.\n');
  if (!['GET', 'HEAD', 'POST'].includes(method)) return text(response, 501, `Method ${method} is not supported\n`);
  await answerQuery(input, request, response, url);
}

async function answerQuery(
  { front, account, log }: ServerInput,
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client has gone'));
  });
  let queryId = '';
  try {
    const request = readRequest(message.method ?? 'GET', url, message.headers);
    queryId = request.queryId ?? randomUUID();
    authenticate(request, account);
    const outcome = await execute({ front, request, signal: gone.signal }, decoded(message));
    if (gone.signal.aborted) return;
    send(response, message, { front, request, queryId, outcome });
  } catch (error) {
    if (gone.signal.aborted) return;
    const { code, message: words } = error instanceof QueryError ? error : engineError(error);
    log(`${queryId} ${words.slice(0, 500)}`);
    response.setHeader('X-ClickHouse-Exception-Code', code);
    if (code === 194) response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
    identify(response, queryId);
    // The rest of the body is not read: the connection cannot be used again.
    if (!message.complete) response.setHeader('Connection', 'close');
    text(response, statusOf(code), `${words} (version ${front.engine.version} (chdb))\n`);
  }
}

function decoded(message: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = (message.headers['content-encoding'] ?? '').toLowerCase();
  if (encoding === '' || encoding === 'identity') return message;
  const decoder = decoderOf(encoding);
  // What is wrong with the body shows where the decoder is read.
  pipeline(message, decoder, () => undefined);
  return readDecoded(decoder);
}

async function* readDecoded(decoder: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } catch (error) {
    throw failure('cannotDecompress', `Cannot decompress the request: ${(error as Error).message}`);
  }
}

function decoderOf(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw failure('notImplemented', `Content-Encoding ${encoding} is not offered over chdb`);
  }
}

interface Sent {
  readonly front: Front;
  readonly request: QueryRequest;
  readonly queryId: string;
  readonly outcome: Outcome;
}

function send(response: ServerResponse, message: IncomingMessage, { front, request, queryId, outcome }: Sent): void {
  identify(response, queryId);
  response.setHeader('X-ClickHouse-Format', outcome.format);
  response.setHeader('X-ClickHouse-Timezone', front.engine.timezone);
  response.setHeader('X-ClickHouse-Summary', JSON.stringify(summaryOf(outcome)));
  response.setHeader('Content-Type', contentTypeOf(outcome.format));
  const wantsGzip =
    request.settings.get('enable_http_compression') === '1' &&
    /\bgzip\b/.test(String(message.headers['accept-encoding']));
  if (!wantsGzip) {
    response.end(outcome.bytes);
    return;
  }
  response.setHeader('Content-Encoding', 'gzip');
  const gzip = createGzip({ level: 3 });
  pipeline(gzip, response, () => undefined);
  gzip.end(outcome.bytes);
}

/** Only what is known: the engine does not say how many rows a result has. */
function summaryOf({ isInsert, readRows, readBytes, elapsedS }: Outcome): Readonly<Record<string, string>> {
  return {
    read_rows: String(readRows),
    read_bytes: String(readBytes),
    written_rows: String(isInsert ? readRows : 0),
    written_bytes: String(isInsert ? readBytes : 0),
    elapsed_ns: String(Math.round(elapsedS * 1e9)),
  };
}

function identify(response: ServerResponse, queryId: string): void {
  response.setHeader('X-ClickHouse-Query-Id', queryId);
  response.setHeader('X-ClickHouse-Server-Display-Name', DISPLAY_NAME);
}

function text(response: ServerResponse, status: number, words: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(words);
}
