/**
 * Words that ship with stackctl, by the name of their list. A list that was published never changes, so that a seed means the same events in
 * every version: more or other words are a list with another number. Pure.
 */
import { adjectives1 } from './adjectives-1.ts';
import { cities1 } from './cities-1.ts';
import { firstNames1 } from './first-names-1.ts';
import { lastNames1 } from './last-names-1.ts';
import { nouns1 } from './nouns-1.ts';

const LISTS = {
  'first-names-1': firstNames1,
  'last-names-1': lastNames1,
  'cities-1': cities1,
  'nouns-1': nouns1,
  'adjectives-1': adjectives1,
} as const;

export type WordList = keyof typeof LISTS;

export const WORD_LISTS = Object.keys(LISTS) as readonly WordList[];

/** The words of a list, in their order. */
export function wordsOf(list: WordList): readonly string[] {
  return LISTS[list].trim().split(/,\s+/);
}
