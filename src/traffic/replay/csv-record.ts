/** Records of CSV as RFC 4180 has them, read line by line: a field in quotation marks may go on in the next line. Pure. */

export type CsvRecord =
  | { readonly type: 'whole'; readonly fields: readonly string[] }
  | OpenRecord
  | { readonly type: 'broken'; readonly column: number; readonly message: string };

/** Its last field goes on in the next line. */
export interface OpenRecord {
  readonly type: 'open';
  readonly fields: readonly string[];
  /** What the field has so far, with its line break. */
  readonly begun: string;
}

/**
 * Reads a line (without its line feed) as a record, or as what follows in an open one. A carriage return at the end of a record
 * belongs to the line break.
 */
export function readRecord(line: string, open: OpenRecord | undefined): CsvRecord {
  const hasReturn = line.endsWith('\r');
  const text = hasReturn ? line.slice(0, -1) : line;
  const fields = [...(open?.fields ?? [])];
  let begun = open?.begun;
  for (let at = 0; ; at += 1) {
    if (begun === undefined && text[at] === '"') {
      begun = '';
      at += 1;
    }
    const end = begun === undefined ? endOfPlain(text, at) : closingMark(text, at);
    if (end === undefined)
      return { type: 'open', fields, begun: `${begun}${unquoted(text.slice(at))}${hasReturn ? '\r' : ''}\n` };
    const part = text.slice(at, end);
    const stray = begun === undefined ? part.indexOf('"') : -1;
    if (stray !== -1) return { type: 'broken', column: at + stray + 1, message: STRAY };
    fields.push(begun === undefined ? part : begun + unquoted(part));
    at = begun === undefined ? end : end + 1;
    begun = undefined;
    if (at >= text.length) return { type: 'whole', fields };
    if (text[at] !== ',') return { type: 'broken', column: at + 1, message: BEHIND };
  }
}

const STRAY = 'has a quotation mark in a field that is not in quotation marks';
const BEHIND = 'has something behind a closing quotation mark that is no comma';

function endOfPlain(text: string, from: number): number {
  const comma = text.indexOf(',', from);
  return comma === -1 ? text.length : comma;
}

/** Of a field in quotation marks, where a doubled one stands for itself. Undefined: it does not end in this line. */
function closingMark(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return undefined;
}

function unquoted(text: string): string {
  return text.replaceAll('""', '"');
}
