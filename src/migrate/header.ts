import { parseDuration } from '../lib/duration.ts';
import type { SqlMistake, TextPiece } from '../stack/contract/migrate.ts';
import { didYouMean, suggest } from '../stack/source/suggest.ts';

/** What the comment lines `-- stackctl: key=value …` at the top of a file say; a key that they do not have is absent. */
export interface Header {
  readonly transaction?: boolean;
  readonly lockTimeoutMs?: number;
  readonly requires: readonly string[];
  readonly optional: boolean;
}

export interface ParsedHeader {
  readonly header: Header;
  readonly mistakes: readonly SqlMistake[];
}

/** Reads the header among a file's comments. `firstStatement` is where the first statement starts: it ends the header. */
export function readHeader(comments: readonly TextPiece[], firstStatement: number): ParsedHeader {
  const lines = comments.filter(({ text }) => HEADER.test(text));
  const late = lines.filter(({ offset }) => offset > firstStatement);
  const settings = lines.filter(({ offset }) => offset < firstStatement).flatMap(settingsIn);
  const read = settings.map((setting, index) => check(setting, settings.slice(0, index)));
  const header: Header = { requires: [], optional: false, ...Object.assign({}, ...read.map(({ part }) => part)) };
  const mistakes = read.flatMap(({ mistake }) => (mistake === undefined ? [] : [mistake]));
  return { header, mistakes: [...late.map(tooLate), ...mistakes, ...contradictions(header, settings)] };
}

const HEADER = /^--\s*stackctl\s*:/;
const KEYS = ['transaction', 'lock_timeout', 'requires', 'optional'] as const;

interface Setting {
  readonly key: string;
  /** Undefined for a word without `=`. */
  readonly value: string | undefined;
  readonly offset: number;
}

function settingsIn({ text, offset }: TextPiece): readonly Setting[] {
  const start = HEADER.exec(text)?.[0].length ?? 0;
  return [...text.slice(start).matchAll(/\S+/g)].map(({ 0: word, index }) => {
    const [key = '', ...rest] = word.split('=');
    return { key, value: rest.length === 0 ? undefined : rest.join('='), offset: offset + start + index };
  });
}

interface Checked {
  readonly part: Partial<Header>;
  readonly mistake?: SqlMistake;
}

function check({ key, value, offset }: Setting, before: readonly Setting[]): Checked {
  const wrong = (message: string): Checked => ({ part: {}, mistake: { offset, message } });
  if (!KEYS.some((known) => known === key)) return wrong(unknownKey(key));
  if (before.some((other) => other.key === key)) return wrong(`${key} was given before`);
  const part = value === undefined ? undefined : partOf(key as (typeof KEYS)[number], value);
  return part === undefined ? wrong(`${key} ${RULES[key as (typeof KEYS)[number]]}`) : { part };
}

const RULES: Readonly<Record<(typeof KEYS)[number], string>> = {
  transaction: 'must be true or false',
  lock_timeout: 'must be a duration such as 500ms or 5s',
  requires: 'must name what the server has to have, several with commas: requires=one,other',
  optional: 'must be true or false',
};

function partOf(key: (typeof KEYS)[number], value: string): Partial<Header> | undefined {
  const flag = value === 'true' || value === 'false' ? value === 'true' : undefined;
  switch (key) {
    case 'transaction':
      return flag === undefined ? undefined : { transaction: flag };
    case 'optional':
      return flag === undefined ? undefined : { optional: flag };
    case 'lock_timeout': {
      const lockTimeoutMs = parseDuration(value);
      return lockTimeoutMs === undefined ? undefined : { lockTimeoutMs };
    }
    case 'requires': {
      const requires = value.split(',');
      return requires.includes('') ? undefined : { requires };
    }
  }
}

function unknownKey(key: string): string {
  const near = suggest(key, KEYS);
  return `unknown setting "${key}" (known: ${KEYS.join(', ')})${didYouMean(near)}`;
}

function tooLate({ offset }: TextPiece): SqlMistake {
  return { offset, message: 'settings belong above the first statement' };
}

function contradictions({ requires, optional }: Header, settings: readonly Setting[]): readonly SqlMistake[] {
  const setting = settings.find(({ key }) => key === 'optional');
  if (!optional || requires.length > 0 || setting === undefined) return [];
  return [
    { offset: setting.offset, message: 'optional says what happens without what "requires" names: add requires=' },
  ];
}
