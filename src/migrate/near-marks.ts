/**
 * Comments that were meant as a mark of stackctl and are none: `-- Stackctl: down`. To the server they are comments, so the
 * statements below would run with the rest of the file. A sentence that speaks of stackctl is no such comment.
 */
import type { SqlMistake, TextPiece } from '../stack/contract/migrate.ts';

/** Comments that hold nothing but what looks like a mark with these words. Marks as they must be are not for here. Pure. */
export function nearMarks(comments: readonly TextPiece[], words: readonly string[]): readonly SqlMistake[] {
  const meant = looksLike(words);
  return comments.flatMap(({ text, offset }) => {
    const said = text.length > LONGEST ? undefined : meant.exec(text)?.groups?.said;
    if (said === undefined) return [];
    const line = `-- stackctl: ${said
      .toLowerCase()
      .replaceAll(/\s*=\s*/g, '=')
      .replaceAll(/\s+/g, ' ')}`;
    const found = text.trim().replaceAll(/\s+/g, ' ');
    return [{ offset, message: `"${found}" is not read, and looks like a mark of stackctl: write "${line}"` }];
  });
}

/** In characters; a longer comment is a text. */
const LONGEST = 300;

/** Signs on both sides, but no quotes: those are around what somebody speaks of. */
const SIGNS = '[^\\w`\'"]';

function looksLike(words: readonly string[]): RegExp {
  const name = 'stack[ _-]?c(?:on)?tr?o?l';
  const said = `(?:${words.join('|')})\\b(?:\\s*=\\s*\\S+?)?(?:\\s+\\w+\\s*=\\s*\\S+?)*`;
  return new RegExp(`^${SIGNS}*${name}(?:${SIGNS}|_)+(?<said>${said})${SIGNS}*$`, 'i');
}
