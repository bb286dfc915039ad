/** Which format a recording has, by its beginning and never by its name. Pure. */
import { readRecord } from './csv-record.ts';
import { GREETING, isMonitorLine } from './monitor-line.ts';
import { timeFieldOf } from './recorded-instant.ts';
import type { RecordingFormat } from './recorded-item.ts';

/** Bytes of the beginning that are looked at. */
export const HEAD_BYTES = 64 * 1024;

export interface Head {
  /** Unpacked. */
  readonly text: string;
  /** There is no more than this: the recording ends, or so much is enough. */
  readonly isAll: boolean;
  /** A column or field that has the instant, where an option names it. */
  readonly timeField: string | undefined;
}

/** `unclear`: more of the beginning is needed. `unknown`: it is none of the formats. */
export type Recognised = RecordingFormat | 'unclear' | 'unknown' | 'empty';

/**
 * By the first line that is not blank. A line of JSON is a target of vegeta when it has a method and a URL, a HAR when it has
 * `log.entries`, and otherwise an event; a document that begins there and goes on is a HAR when it has a `log`.
 */
export function recognisedFormat({ text, isAll, timeField }: Head): Recognised {
  const [, line = '', ending = ''] = /^\s*([^\n]*)(\n?)/.exec(text) ?? [];
  if (line === '') return isAll ? 'empty' : 'unclear';
  if (ending === '' && !isAll) return 'unclear';
  if (line.startsWith('{')) return formatOfJson(line, { text, isAll, timeField });
  if (line.trimEnd() === GREETING || isMonitorLine(line)) return 'monitor';
  const header = readRecord(line, undefined);
  const hasTime = header.type === 'whole' && timeFieldOf(new Set(header.fields), timeField) !== undefined;
  return hasTime ? 'csv' : 'unknown';
}

function formatOfJson(line: string, { text, isAll, timeField }: Head): Recognised {
  const value = parsed(line);
  // A line of an event that is longer than this, or broken: its reader says what is wrong with it.
  if (value === undefined) return HAS_LOG.test(text) ? 'har' : isAll ? 'jsonl' : 'unclear';
  if (isArchive(value.log)) return 'har';
  const isTarget = typeof value.method === 'string' && typeof value.url === 'string';
  return isTarget && timeFieldOf(new Map(Object.entries(value)), timeField) === undefined ? 'vegeta' : 'jsonl';
}

function isArchive(log: unknown): boolean {
  return typeof log === 'object' && log !== null && 'entries' in log && Array.isArray(log.entries);
}

/** Behind the brace that the document begins with, or behind a few simple values. */
const HAS_LOG = /^\s*\{(?:[^{}[\]]*,)?\s*"log"\s*:\s*\{/;

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
