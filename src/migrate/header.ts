import { parseDuration } from '../lib/duration.ts';
import type { SqlMistake, TextPiece } from '../stack/contract/migrate.ts';
import { didYouMean, suggest } from '../stack/source/suggest.ts';

/** What comment lines `-- stackctl: key=value …` say; a key that they do not have is absent. */
export interface Header {
  readonly transaction?: boolean;
  readonly lockTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly requires?: readonly string[];
  /** Where `requires` stands. */
  readonly requiresAt?: number;
  readonly optional?: boolean;
  readonly once?: boolean;
  /** Rules of `lint` that the file breaks for a reason. */
  readonly allow?: readonly string[];
}

export interface ParsedHeader {
  readonly header: Header;
  readonly mistakes: readonly SqlMistake[];
}

/** A comment line of ours, from behind its colon. */
export interface Mark {
  readonly text: string;
  /** Of the comment's first character. */
  readonly offset: number;
  /** Of `text`. */
  readonly textOffset: number;
}

/** The comments that are ours, in their order. */
export function marksIn(comments: readonly TextPiece[]): readonly Mark[] {
  return comments.flatMap(({ text, offset }) => {
    const start = HEADER.exec(text)?.[0].length;
    return start === undefined ? [] : [{ text: text.slice(start), offset, textOffset: offset + start }];
  });
}

/** Whether a comment is ours. */
export function isMark({ text }: Pick<TextPiece, 'text'>): boolean {
  return HEADER.test(text);
}

const HEADER = /^--\s*stackctl\s*:/;

type Key = 'transaction' | 'lock_timeout' | 'statement_timeout' | 'requires' | 'optional' | 'once' | 'allow';

/** Of a file, and of a part of it that is run at another time. */
export const FILE_KEYS: readonly Key[] = [
  'transaction',
  'lock_timeout',
  'statement_timeout',
  'requires',
  'optional',
  'once',
  'allow',
];
export const PART_KEYS: readonly Key[] = ['transaction', 'lock_timeout', 'statement_timeout', 'once', 'allow'];

/** Reads the settings of marks. @param keys those that may stand there. */
export function readHeader(marks: readonly Mark[], keys: readonly Key[]): ParsedHeader {
  const settings = marks.flatMap(settingsIn);
  const read = settings.map((setting, index) => check(setting, settings.slice(0, index), keys));
  const header: Header = Object.assign({}, ...read.map(({ part }) => part));
  const mistakes = read.flatMap(({ mistake }) => (mistake === undefined ? [] : [mistake]));
  return { header, mistakes };
}

interface Setting {
  readonly key: string;
  /** Undefined for a word without `=`. */
  readonly value: string | undefined;
  readonly offset: number;
}

function settingsIn({ text, textOffset }: Mark): readonly Setting[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => {
    const [key = '', ...rest] = word.split('=');
    return { key, value: rest.length === 0 ? undefined : rest.join('='), offset: textOffset + index };
  });
}

interface Checked {
  readonly part: Header;
  readonly mistake?: SqlMistake;
}

function check({ key, value, offset }: Setting, before: readonly Setting[], keys: readonly Key[]): Checked {
  const wrong = (message: string): Checked => ({ part: {}, mistake: { offset, message } });
  const known = keys.find((one) => one === key);
  if (known === undefined) return wrong(unknownKey(key, keys));
  if (before.some((other) => other.key === key)) return wrong(`${key} was given before`);
  const part = value === undefined ? undefined : partOf(known, value, offset);
  return part === undefined ? wrong(`${key} ${RULES[known]}`) : { part };
}

const FLAG = 'must be true or false';
const DURATION = 'must be a duration such as 500ms or 5s';
const RULES: Readonly<Record<Key, string>> = {
  transaction: FLAG,
  lock_timeout: DURATION,
  statement_timeout: DURATION,
  requires: 'must name what the server has to have, several with commas: requires=one,other',
  optional: FLAG,
  once: FLAG,
  allow: 'must name rules of `stackctl migrate lint`, several with commas: allow=drop-table,truncate',
};

function partOf(key: Key, value: string, offset: number): Header | undefined {
  const flag = value === 'true' || value === 'false' ? value === 'true' : undefined;
  const ms = key.endsWith('_timeout') ? parseDuration(value) : undefined;
  switch (key) {
    case 'transaction':
      return flag === undefined ? undefined : { transaction: flag };
    case 'optional':
      return flag === undefined ? undefined : { optional: flag };
    case 'once':
      return flag === undefined ? undefined : { once: flag };
    case 'lock_timeout':
      return ms === undefined ? undefined : { lockTimeoutMs: ms };
    case 'statement_timeout':
      return ms === undefined ? undefined : { statementTimeoutMs: ms };
    case 'requires':
    case 'allow': {
      const names = value.split(',');
      if (names.includes('')) return undefined;
      return key === 'requires' ? { requires: names, requiresAt: offset } : { allow: names };
    }
  }
}

function unknownKey(key: string, keys: readonly Key[]): string {
  return `unknown setting "${key}" (known: ${keys.join(', ')})${didYouMean(suggest(key, keys))}`;
}
