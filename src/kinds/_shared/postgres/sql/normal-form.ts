import { tokenAt } from './tokens.ts';

/** A statement with one space between its words, ready for patterns. */
export interface NormalForm {
  /** Words in upper case, comments left out, `'…'` for texts, no space around dots; spaces in quoted names are `_`. */
  readonly text: string;
  /** The parts between its commas outside of brackets: the actions of ALTER TABLE, the tables of DROP TABLE. */
  readonly parts: readonly NormalPart[];
}

export interface NormalPart {
  readonly text: string;
  /** In the statement, counted in characters from 0. */
  readonly offset: number;
}

/** Pure. */
export function normalForm(statement: string): NormalForm {
  const parts: { words: string[]; offset: number | undefined }[] = [{ words: [], offset: undefined }];
  let depth = 0;
  for (let offset = 0; offset < statement.length; ) {
    const { type, end } = tokenAt(statement, offset);
    const text = statement.slice(offset, end);
    if (type === 'opening') depth++;
    if (type === 'closing') depth--;
    if (type === 'other' && text === ',' && depth === 0) parts.push({ words: [], offset: undefined });
    else if (type !== 'space' && type !== 'comment') {
      const part = parts[parts.length - 1];
      part?.words.push(normalWord(type, text));
      if (part !== undefined) part.offset ??= offset;
    }
    offset = end;
  }
  const normal = parts.map(({ words, offset = 0 }) => ({ text: words.join(' ').replace(/ ?\. ?/g, '.'), offset }));
  return { text: normal.map(({ text }) => text).join(' , '), parts: normal };
}

function normalWord(type: string, text: string): string {
  if (type === 'word') return text.toUpperCase();
  if (type !== 'quoted') return text;
  return text.startsWith('"') ? text.replace(/\s/g, '_') : "'…'";
}
