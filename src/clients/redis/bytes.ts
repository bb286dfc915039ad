/** Names and values in Redis are bytes: how they are shown and compared. */
import { isUtf8 } from 'node:buffer';
import { escapeControls } from '../../lib/escape-controls.ts';

/**
 * Text that fits on one line of a terminal as it is; anything else as redis-cli writes and reads it, in double quotes
 * (`"\xac\xed\x00\x05"`). Reversible: text that could be taken for the quoted form gets quotes, too.
 */
export function showBytes(bytes: Buffer): string {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  const isPlain = text !== undefined && escapeControls(text) === text && !text.startsWith('"') && !/^db\d+ /.test(text);
  return isPlain ? text : quoteBytes(bytes);
}

/** One word of a command line: also quoted where it would be read as several words or as no word. */
export function showWord(bytes: Buffer): string {
  const shown = showBytes(bytes);
  return shown.startsWith('"') || /^[^\s"'\\]+$/.test(shown) ? shown : quoteBytes(bytes);
}

/** A key of a database other than the first one has the database in front: `db3 session:1`. The empty key is `""`. */
export function showKey(database: number, key: Buffer): string {
  return `${database === 0 ? '' : `db${database} `}${key.length === 0 ? '""' : showBytes(key)}`;
}

/** As a key of a map: equal exactly for equal bytes. */
export function bytesId(bytes: Buffer): string {
  return bytes.toString('latin1');
}

const NAMED: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x22, '\\"'],
  [0x5c, '\\\\'],
]);

function quoteBytes(bytes: Buffer): string {
  const shown = [...bytes].map((byte) => {
    if (byte >= 0x20 && byte < 0x7f) return NAMED.get(byte) ?? String.fromCharCode(byte);
    return NAMED.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${shown.join('')}"`;
}
