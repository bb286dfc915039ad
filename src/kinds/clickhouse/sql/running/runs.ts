import { onceCommandOf } from './alter.ts';
import { firstWords, indexOfWords, type Word, wordsOf } from './words.ts';

/** How a statement behaves when it runs a second time. */
export type Runs =
  /** It changes the session only, which every run of a file begins anew. */
  | { readonly type: 'session' }
  | { readonly type: 'again' }
  /** It makes a table and fills it: once it is there, a second run fills nothing. */
  | {
      readonly type: 'fills';
      readonly what: string;
      /** Its name as it stands in the statement, with its database where that is given. */
      readonly table: string;
    }
  | {
      readonly type: 'once';
      /** E.g. `CREATE TABLE`. */
      readonly what: string;
      /** What to write in its place, if there is something. */
      readonly way: string | undefined;
      readonly offset: number;
      /** When the server refuses it, nothing of it was done. */
      readonly whole: boolean;
    };

/** For each statement of a file, in its order: a table that an earlier one made for the session is the session's. Pure. */
export function runsOf(statements: readonly string[]): readonly Runs[] {
  const temporary = new Set<string>();
  return statements.map((statement) => runOf(statement, temporary));
}

/** A statement with all its data can be long: what it is shows at its beginning. */
const BEGINNING = 16;
const AGAIN = new Set(
  'SELECT WITH ( FROM SHOW DESCRIBE DESC EXPLAIN EXISTS CHECK OPTIMIZE SYSTEM KILL GRANT REVOKE WATCH DELETE REPLACE'.split(
    ' ',
  ),
);
const SESSION: Runs = { type: 'session' };
const TWICE: Runs = { type: 'again' };

function runOf(statement: string, temporary: Set<string>): Runs {
  const words = firstWords(statement, BEGINNING);
  const [first] = words;
  const verb = first?.text ?? '';
  if (verb === 'SET' || verb === 'USE') return SESSION;
  if (verb === 'CREATE') return creation([...wordsOf(statement)], temporary);
  if (verb === 'ALTER') return alteration([...wordsOf(statement)]);
  if (verb === 'INSERT') return onTemporary(words, ['INTO', 'TABLE'], temporary) ? SESSION : once('INSERT', words);
  if (verb === 'TRUNCATE') {
    return onTemporary(words, ['TEMPORARY', 'TABLE', 'IF', 'EXISTS'], temporary) ? SESSION : once('TRUNCATE', words);
  }
  if (verb === 'DROP') return removal(words, temporary);
  if (AGAIN.has(verb)) return TWICE;
  if (verb === 'RENAME') {
    const what = `RENAME ${words[1]?.text ?? ''}`.trim();
    return has(words, 'IF', 'EXISTS') ? TWICE : once(what, words, `${what} IF EXISTS`);
  }
  return once(verb, words);
}

function creation(words: readonly Word[], temporary: Set<string>): Runs {
  if (indexOfWords(words, 'PARALLEL', 'WITH') !== -1) return once('PARALLEL WITH', words);
  const isTemporary = words.slice(1, 5).some(({ text }) => text === 'TEMPORARY');
  const named = nameBehind(words, (text) => CREATED.has(text));
  if (isTemporary) {
    if (named !== undefined) temporary.add(named);
    return SESSION;
  }
  const what = words
    .slice(0, 3)
    .filter(({ text }) => text === 'CREATE' || OBJECTS.has(text))
    .map(({ text }) => text)
    .join(' ');
  if (words[1]?.text === 'OR') return TWICE;
  const isFilled = fills(words);
  if (!has(words.slice(0, BEGINNING), 'IF', 'NOT', 'EXISTS')) {
    const way = `${what} IF NOT EXISTS${/ (TABLE|VIEW|DICTIONARY|FUNCTION)$/.test(what) ? ` or ${what.replace('CREATE', 'CREATE OR REPLACE')}` : ''}`;
    return { ...once(what, words, way), whole: !isFilled };
  }
  return isFilled ? { type: 'fills', what, table: fullName(words, (text) => CREATED.has(text)) } : TWICE;
}

const OBJECTS = new Set(
  'TABLE VIEW MATERIALIZED WINDOW LIVE DATABASE DICTIONARY FUNCTION USER ROLE QUOTA ROW POLICY SETTINGS PROFILE NAMED COLLECTION WORKLOAD RESOURCE'.split(
    ' ',
  ),
);
const CREATED = new Set([...OBJECTS, 'OR', 'REPLACE', 'TEMPORARY', 'IF', 'NOT', 'EXISTS']);

/** CREATE TABLE … AS SELECT, CREATE TABLE … CLONE AS, CREATE MATERIALIZED VIEW … POPULATE. */
function fills(words: readonly Word[]): boolean {
  if (indexOfWords(words, 'POPULATE') !== -1 || indexOfWords(words, 'CLONE', 'AS') !== -1) return true;
  if (words[1]?.text !== 'TABLE' || indexOfWords(words, 'EMPTY', 'AS') !== -1) return false;
  return words.some(({ type, text, depth }, index) => {
    if (type !== 'word' || text !== 'AS' || depth !== 0) return false;
    return /^(SELECT|WITH|FROM|\()$/.test(words[index + 1]?.text ?? '');
  });
}

function alteration(words: readonly Word[]): Runs {
  const found = onceCommandOf(words);
  return found === undefined ? TWICE : { type: 'once', whole: false, ...found };
}

function removal(words: readonly Word[], temporary: Set<string>): Runs {
  if (words[1]?.text === 'TEMPORARY' || onTemporary(words, ['TABLE', 'IF', 'EXISTS'], temporary)) return SESSION;
  const what = `DROP ${words
    .slice(1, 3)
    .filter(({ text }) => OBJECTS.has(text))
    .map(({ text }) => text)
    .join(' ')}`.trim();
  return has(words, 'IF', 'EXISTS') ? TWICE : { ...once(what, words, `${what} IF EXISTS`), whole: true };
}

function once(what: string, words: readonly Word[], way?: string): Extract<Runs, { readonly type: 'once' }> {
  const whole = /^(RENAME|EXCHANGE|ATTACH|DETACH|UNDROP)\b/.test(what);
  return { type: 'once', what, way, offset: words[0]?.offset ?? 0, whole };
}

function has(words: readonly Word[], ...wanted: readonly string[]): boolean {
  return indexOfWords(words, ...wanted) !== -1;
}

/** Whether the statement names a table of the session. A name with a database is none. */
function onTemporary(words: readonly Word[], keywords: readonly string[], temporary: ReadonlySet<string>): boolean {
  const name = nameBehind(words, (text) => keywords.includes(text));
  return name !== undefined && temporary.has(name);
}

/** The name behind the verb and the keywords, as it was written; undefined where a database stands before it. */
function nameBehind(words: readonly Word[], isKeyword: (text: string) => boolean): string | undefined {
  const at = nameAt(words, isKeyword);
  return words[at + 1]?.type === 'dot' ? undefined : words[at]?.written;
}

function nameAt(words: readonly Word[], isKeyword: (text: string) => boolean): number {
  return words.findIndex(
    ({ type, text }, index) => index > 0 && (type === 'name' || (type === 'word' && !isKeyword(text))),
  );
}

function fullName(words: readonly Word[], isKeyword: (text: string) => boolean): string {
  const at = nameAt(words, isKeyword);
  const parts = words[at + 1]?.type === 'dot' ? [words[at], words[at + 2]] : [words[at]];
  return parts.map((part) => (part?.type === 'name' ? `\`${part.written}\`` : (part?.written ?? ''))).join('.');
}
