import { endOf } from '../../../../lib/scan.ts';
import type { SplitText, SqlMistake, SqlPiece, TextPiece } from '../../../../stack/contract/migrate.ts';
import { readCopyBlock } from './copy-block.ts';
import { emptyStatement, grow, isCopyIn, isWhole, neverClosed } from './open-statement.ts';
import { tokenAt } from './tokens.ts';

/**
 * Cuts a file into its statements: without the semicolon, without comments around them, with those inside. A semicolon
 * in a quoted text, in brackets (CREATE RULE … DO (a; b)) or in a body (BEGIN ATOMIC … END) ends nothing. What is opened
 * and never closed is a mistake, and so is a command that only psql understands, except in a file of pg_dump: the lines
 * of `\restrict` bind psql alone and are left out, and the lines behind `COPY … FROM stdin;` are its data. Pure.
 */
export function splitPostgres(text: string): SplitText {
  const statements: SqlPiece[] = [];
  const comments: TextPiece[] = [];
  const mistakes: SqlMistake[] = [];
  let open = emptyStatement();

  /** @param end behind the semicolon. Returns where the next statement may begin. */
  const finish = (end: number): number => {
    mistakes.push(...neverClosed(open));
    const { start } = open;
    const block = start !== undefined && isCopyIn(open) ? readCopyBlock(text, { start, end }) : undefined;
    if (block?.mistake !== undefined) mistakes.push(block.mistake);
    const copyData = block?.data === undefined ? {} : { copyData: block.data };
    if (start !== undefined) statements.push({ text: text.slice(start, open.end), offset: start, ...copyData });
    open = emptyStatement();
    return block?.end ?? end;
  };

  let offset = 0;
  while (offset < text.length) {
    const token = tokenAt(text, offset);
    const skipped = token.type === 'command' && open.start === undefined ? restrictEnd(text, offset) : undefined;
    if (token.mistake !== undefined && skipped === undefined) mistakes.push({ offset, message: token.mistake });
    if (token.type === 'comment') comments.push({ text: text.slice(offset, token.end), offset });
    const isEnd = token.type === 'semicolon' && isWhole(open);
    if (token.type !== 'space' && token.type !== 'comment' && skipped === undefined && !isEnd)
      grow(open, token, { text, offset });
    offset = isEnd ? finish(token.end) : (skipped ?? token.end);
  }
  finish(text.length);
  return { statements, comments, mistakes };
}

/** A line by which pg_dump keeps psql from running commands that the dumped server has sent. Returns its end. */
function restrictEnd(text: string, offset: number): number | undefined {
  return endOf(RESTRICT, text, offset);
}

const RESTRICT = /\\(?:un)?restrict[ \t]+[A-Za-z0-9]+[ \t]*(?:\r?\n|$)/y;
