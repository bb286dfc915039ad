/** Structured logs: one JSON object per line, for people with jq and for every log collector. */

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose every line has these fields too. */
  with(fields: LogFields): Log;
}

export interface LogOptions {
  /** Lines below it are left out. */
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  /** In every line, e.g. the name of the service. */
  readonly fields?: LogFields;
  readonly now?: () => Date;
}

/** Lines `{"time": ISO 8601 UTC, "level", "message", …fields}`. Errors in fields become text, secrets `[redacted]`. */
export function createLog(options: LogOptions): Log {
  const { level, write, fields = {}, now = () => new Date() } = options;
  const at = (lineLevel: LogLevel) => (message: string, more?: LogFields) => {
    if (LOG_LEVELS.indexOf(lineLevel) < LOG_LEVELS.indexOf(level)) return;
    write(`${logLine({ time: now().toISOString(), level: lineLevel, message, ...fields, ...more })}\n`);
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (more) => createLog({ ...options, fields: { ...fields, ...more } }),
  };
}

function logLine(fields: LogFields): string {
  return JSON.stringify(fields, (_, value: unknown) => {
    if (value instanceof Error) return errorFields(value);
    return typeof value === 'bigint' ? String(value) : value;
  });
}

function errorFields(error: Error): LogFields {
  const { code, cause } = error as Error & { readonly code?: unknown };
  return {
    message: error.message === '' ? error.name : error.message,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause }),
    stack: error.stack
      ?.split('\n')
      .slice(1, 6)
      .map((line) => line.trim()),
  };
}
