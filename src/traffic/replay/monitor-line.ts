/** A line of MONITOR, as `replicationFeedMonitors` and `sdscatrepr` of Redis and Valkey write it. Pure. */
import { isUtf8 } from 'node:buffer';
import { msOfSeconds } from './recorded-instant.ts';

export type MonitorLine =
  | {
      readonly type: 'command';
      /** Unix time in milliseconds, of a number of microseconds. */
      readonly atMs: number;
      readonly db: number;
      /** A script ran it. */
      readonly isOfScript: boolean;
      /** Bytes where they are no UTF-8. */
      readonly args: readonly (string | Buffer)[];
    }
  | { readonly type: 'broken'; readonly column: number; readonly message: string };

/** `1339518083.107412 [0 127.0.0.1:60866] `: the address may be `lua`, `unix:/path` or `[::1]:60866`. */
const HEAD = /^(\d{1,10})\.(\d{6}) \[(\d{1,9}) ([^"]+)\] (?=")/;

const CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['a', '\x07'],
  ['b', '\b'],
]);

/** How redis-cli begins, and each time that it was connected anew. */
export const GREETING = 'OK';

/** Whether a line, of which only the beginning may be there, is one of MONITOR. */
export function isMonitorLine(line: string): boolean {
  return HEAD.test(line);
}

/** @param line with a character for each byte (latin1). */
export function parseMonitorLine(line: string): MonitorLine {
  const head = HEAD.exec(line);
  if (head === null) return { type: 'broken', column: 1, message: HEAD_MISTAKE };
  const [{ length }, seconds = '', micros = '', db = '', address] = head;
  const args: (string | Buffer)[] = [];
  for (let at = length; ; at += 1) {
    if (line[at] !== '"')
      return { type: 'broken', column: at + 1, message: 'must have an argument in quotation marks here' };
    const end = closingMark(line, at + 1);
    if (end === undefined) return { type: 'broken', column: at + 1, message: 'has an argument that is never closed' };
    const raw = unescaped(line.slice(at + 1, end));
    if (typeof raw === 'number')
      return { type: 'broken', column: at + 2 + raw, message: 'has an escape that MONITOR does not write' };
    args.push(argumentOf(raw.text));
    at = end + 1;
    if (at === line.length) break;
    if (line[at] !== ' ') return { type: 'broken', column: at + 1, message: 'must have a space between arguments' };
  }
  const atMs = msOfSeconds(seconds, micros);
  return { type: 'command', atMs, db: Number(db), isOfScript: address === 'lua', args };
}

const HEAD_MISTAKE = 'is no line of MONITOR, such as 1339518083.107412 [0 127.0.0.1:60866] "keys" "*"';

/** A quotation mark behind an odd number of backslashes is one of the argument. */
function closingMark(line: string, from: number): number | undefined {
  for (let at = line.indexOf('"', from); at !== -1; at = line.indexOf('"', at + 1)) {
    let before = at;
    while (before > from && line[before - 1] === '\\') before -= 1;
    if ((at - before) % 2 === 0) return at;
  }
  return undefined;
}

/** The bytes as characters, or the place of an escape that is none. */
function unescaped(written: string): { readonly text: string } | number {
  let text = '';
  let done = 0;
  for (let at = written.indexOf('\\'); at !== -1; at = written.indexOf('\\', done)) {
    const letter = written[at + 1] ?? '';
    const hex = letter === 'x' ? /^[\da-f]{2}$/i.exec(written.slice(at + 2, at + 4)) : null;
    const character = hex === null ? CHARACTERS.get(letter) : String.fromCharCode(Number.parseInt(hex[0], 16));
    if (character === undefined) return at;
    text += written.slice(done, at) + character;
    done = at + (hex === null ? 2 : 4);
  }
  return { text: text + written.slice(done) };
}

function argumentOf(text: string): string | Buffer {
  if (!/[\x80-\xff]/.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}
