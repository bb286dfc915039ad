import { isSignificant, lexerOf, type Token } from '../tokens.ts';

/** A token of a statement that counts. */
export interface Word {
  /** In upper case for a word; a quoted name without its quotes; anything else as it stands. */
  readonly text: string;
  /** As `text`, a word too as it stands. */
  readonly written: string;
  readonly type: 'word' | 'name' | 'comma' | 'dot' | 'other';
  /** Of its first character, from 0. */
  readonly offset: number;
  /** How many brackets are open around it. An opening bracket is outside of itself. */
  readonly depth: number;
}

/** The tokens of a statement without comments, read as far as they are asked for. Pure. */
export function* wordsOf(statement: string): Generator<Word, undefined> {
  let depth = 0;
  for (const token of lexerOf(statement)(0)) {
    if (!isSignificant(token)) continue;
    const text = statement.slice(token.start, token.end);
    if (token.type === 'closing') depth -= 1;
    const written = token.type === 'name' ? text.slice(1, -1) : text;
    yield {
      text: token.type === 'word' ? text.toUpperCase() : written,
      written,
      type: typeOf(token, text),
      offset: token.start,
      depth,
    };
    if (token.type === 'opening') depth += 1;
  }
  return undefined;
}

function typeOf({ type }: Token, text: string): Word['type'] {
  if (type === 'word' || type === 'name' || type === 'dot') return type;
  return text === ',' ? 'comma' : 'other';
}

/** The first of them: enough to know what a statement is, however long its data. */
export function firstWords(statement: string, count: number): readonly Word[] {
  const found: Word[] = [];
  for (const word of wordsOf(statement)) {
    if (found.length === count) break;
    found.push(word);
  }
  return found;
}

/** Where these words stand one behind the other, outside of brackets; -1: nowhere. */
export function indexOfWords(words: readonly Word[], ...wanted: readonly string[]): number {
  return words.findIndex((_, at) =>
    wanted.every((text, index) => {
      const word = words[at + index];
      return word?.type === 'word' && word.text === text && word.depth === 0;
    }),
  );
}
