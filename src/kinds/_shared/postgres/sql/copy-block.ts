import { endOf } from '../../../../lib/scan.ts';
import type { SqlMistake, TextPiece } from '../../../../stack/contract/migrate.ts';

/** The data of COPY … FROM stdin, as psql finds it in a file. */
export interface CopyBlock {
  /** With its last line end, without the line that ends it. Undefined: it is not there. */
  readonly data: TextPiece | undefined;
  /** Where the next statement may begin. */
  readonly end: number;
  readonly mistake?: SqlMistake;
}

/**
 * Reads from behind the semicolon: the data begins on the next line and ends before the line that holds only `\.`, in every
 * format. Pure.
 * @param statement where it starts, and where it ends with its semicolon.
 */
export function readCopyBlock(text: string, statement: { readonly start: number; readonly end: number }): CopyBlock {
  const { start, end } = statement;
  const begin = endOf(REST_OF_LINE, text, end);
  if (begin === undefined) return { data: undefined, end, mistake: { offset: end, message: SAME_LINE } };
  const close = terminator(text, begin);
  if (close === undefined) return { data: undefined, end: text.length, mistake: { offset: start, message: NO_END } };
  return { data: { text: text.slice(begin, close), offset: begin }, end: endOf(LINE, text, close) ?? text.length };
}

const REST_OF_LINE = /[ \t]*(?:--[^\n]*)?(?:\r?\n|$)/y;
const LINE = /[^\n]*\n?/y;
const SAME_LINE = 'the data of this COPY begins on the next line: nothing else may stand behind its semicolon';
const NO_END =
  'COPY … FROM stdin reads its rows from this file: they follow its semicolon on lines of their own, and a line with only \\. ends them';

/** Where the line `\.` begins, at `begin` or later: every line of the data ends with LF. */
function terminator(text: string, begin: number): number | undefined {
  for (let at = text.indexOf('\\.', begin); at !== -1; at = text.indexOf('\\.', at + 2)) {
    const isLine = (at === begin || text.charAt(at - 1) === '\n') && /^(?:\r?\n|$)/.test(text.slice(at + 2, at + 4));
    if (isLine) return at;
  }
  return undefined;
}
