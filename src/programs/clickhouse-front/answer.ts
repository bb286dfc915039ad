/** How a ClickHouse server's HTTP interface words its answers. */
import { errorText } from '../../errors.ts';

/** A failure with the server's code, thrown by the front itself and made from the engine's messages. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** The codes that the front itself needs; names as the server prints them in brackets. */
export const FAILURES = {
  syntax: [62, 'SYNTAX_ERROR'],
  unknownSetting: [115, 'UNKNOWN_SETTING'],
  notImplemented: [48, 'NOT_IMPLEMENTED'],
  requiredPassword: [194, 'REQUIRED_PASSWORD'],
  authenticationFailed: [516, 'AUTHENTICATION_FAILED'],
  sessionNotFound: [372, 'SESSION_NOT_FOUND'],
  sessionIsLocked: [373, 'SESSION_IS_LOCKED'],
  sameQueryId: [216, 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING'],
  badArguments: [36, 'BAD_ARGUMENTS'],
  tooLarge: [307, 'TOO_MANY_BYTES'],
  cannotDecompress: [271, 'CANNOT_DECOMPRESS'],
  unknown: [1002, 'UNKNOWN_EXCEPTION'],
} as const satisfies Record<string, readonly [number, string]>;

export function failure(kind: keyof typeof FAILURES, text: string): QueryError {
  const [code, name] = FAILURES[kind];
  return new QueryError(code, `Code: ${code}. DB::Exception: ${text}. (${name})`);
}

/** The engine's message, which begins with its code. */
export function engineError(error: unknown): QueryError {
  if (error instanceof QueryError) return error;
  const message = errorText(error);
  const code = /^Code: (\d+)\./.exec(message)?.[1];
  if (code !== undefined) return new QueryError(Number(code), message);
  return failure('unknown', message);
}

const BAD_REQUEST = [
  6, 15, 16, 25, 26, 27, 36, 38, 41, 44, 53, 62, 72, 117, 155, 168, 212, 321, 376, 427, 440, 441, 675, 676,
];
const FORBIDDEN = [192, 193, 497, 512, 516];
const NOT_FOUND = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336, 511];
const OTHERS: Readonly<Record<number, number>> = {
  194: 401,
  223: 413,
  48: 501,
  209: 503,
  76: 503,
  439: 503,
  381: 411,
  159: 408,
};

/** Status by code as ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp maps them; 500 for the rest. */
export function statusOf(code: number): number {
  if (BAD_REQUEST.includes(code)) return 400;
  if (FORBIDDEN.includes(code)) return 403;
  if (NOT_FOUND.includes(code)) return 404;
  return OTHERS[code] ?? 500;
}

/** Content type of an output format. */
export function contentTypeOf(format: string): string {
  const charset = '; charset=UTF-8';
  if (/^(TSV|TabSeparated)/i.test(format)) return `text/tab-separated-values${charset}`;
  if (/^CSV/i.test(format)) return `text/csv${charset}; header=${/WithNames/i.test(format) ? 'present' : 'absent'}`;
  if (/^(JSONEachRow|JSONCompactEachRow|JSONStringsEachRow|JSONCompactStringsEachRow|JSONLines|NDJSON)/i.test(format)) {
    return `application/x-ndjson${charset}`;
  }
  if (/^JSON/i.test(format)) return `application/json${charset}`;
  if (/^XML$/i.test(format)) return `application/xml${charset}`;
  const isText = /^(Pretty|Vertical|Values|TSKV|Markdown|SQLInsert|Template|CustomSeparated|Raw|LineAsString|Null)/i;
  return isText.test(format) ? `text/plain${charset}` : 'application/octet-stream';
}
