import { withoutCredentials } from '../../stack/contract/credentials.ts';
import type { ObservedCommand, ObservedHttp, ObservedItem, RecordCapability } from '../../stack/contract/record.ts';
import { HAR_END, harBegin, harEntry } from './har-entry.ts';
import type { RecordedExchange } from './recorded-exchange.ts';
import type { RecordingFrame } from './recording-file.ts';
import { vegetaTarget } from './vegeta-target.ts';

/** All of them are replayed. The first one for what a service records is that of a recording without `--format`. */
export const RECORD_FORMATS = ['har', 'vegeta', 'monitor'] as const;

export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** What goes into the file for an item. */
export interface Entry {
  /** Undefined: nothing does. */
  readonly text: string | undefined;
  /** It came with credentials that are not in the text. */
  readonly isWithoutCredentials: boolean;
  readonly isBodyMissing: boolean;
  /** The client got no answer. */
  readonly isUnanswered: boolean;
}

export interface Encoder {
  readonly records: RecordCapability['records'];
  readonly frame: RecordingFrame;
  /** Between two entries. */
  readonly separator: string;
  encode(item: ObservedItem): Entry;
}

/** @param version of the program, which a HAR names. */
export function encoderOf(format: RecordFormat, keepCredentials: boolean, version: string): Encoder {
  if (format === 'monitor')
    return { ...MONITOR, encode: (item) => commandEntry(item as ObservedCommand, keepCredentials) };
  const isHar = format === 'har';
  return {
    records: 'http',
    frame: isHar
      ? { begin: `${harBegin(version)}\n`, end: HAR_END, encoding: 'utf8' }
      : { begin: '', end: '', encoding: 'utf8' },
    separator: isHar ? ',\n' : '',
    encode: (item) => {
      const seen = httpEntry(item as ObservedHttp, keepCredentials);
      const { exchange, ...rest } = seen;
      const target = isHar ? harEntry(exchange) : vegetaTarget(exchange);
      return { ...rest, text: isHar || target === undefined ? target : `${target}\n` };
    },
  };
}

/** redis-cli begins with the answer to MONITOR. */
const MONITOR = {
  records: 'command',
  frame: { begin: 'OK\n', end: '', encoding: 'latin1' },
  separator: '',
} as const;

/** Servers tell no AUTH, and no password of HELLO, which some old ones do. */
const LETS_IN = /^[\d.]+ \[[^"]*\] "(?:auth"|hello".* "auth") "(?!\(redacted\)")/i;

function commandEntry({ line }: ObservedCommand, keepCredentials: boolean): Entry {
  const isWithoutCredentials = !keepCredentials && LETS_IN.test(line);
  return { text: isWithoutCredentials ? undefined : `${line}\n`, isWithoutCredentials, ...COMPLETE };
}

const COMPLETE = { isBodyMissing: false, isUnanswered: false } as const;

function httpEntry(item: ObservedHttp, keepCredentials: boolean) {
  const { method, body, bodyBytes, status, tookMs, atMs } = item;
  const host = item.headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'localhost';
  const { target, headers, dropped } = keepCredentials ? { ...item, dropped: 0 } : withoutCredentials(item);
  const exchange: RecordedExchange = {
    ...{ atMs, status, tookMs },
    request: { method, host, target, headers, body, bodyBytes },
  };
  return {
    exchange,
    isWithoutCredentials: dropped > 0,
    isBodyMissing: body === undefined,
    isUnanswered: status === undefined,
  };
}
