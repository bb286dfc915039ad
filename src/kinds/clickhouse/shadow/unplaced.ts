import type { TablePlace } from '../schema/table-places.ts';
import { firstWords, type Word, wordsOf } from '../sql/running/words.ts';

/** They take a database as a whole, or a table that is in none. */
const WHOLE = /^(TRUNCATE (ALL )?TABLES|RENAME DATABASE|UNDROP)\b/;
/** What follows holds columns, which may be called as a database. */
const ENDS = /^(AS|SELECT|WHERE|WITH|VALUES|FORMAT|SET|SETTINGS)$/;

/**
 * Why a statement may change a live table by a name that is not among the places found in it; undefined: it does not. Without
 * it, `RENAME shop.a TO …` and `CREATE INDEX i ON shop.a …` would be run as they are. Pure.
 */
export function namesLive(
  statement: string,
  places: readonly TablePlace[],
  isDatabase: (name: string) => boolean,
): string | undefined {
  const [verb = '', ...rest] = firstWords(statement, 3).map(({ text }) => text);
  const whole = WHOLE.exec([verb, ...rest].join(' '))?.[0];
  if (whole !== undefined) return `${whole} is about more than a table of the shadow database`;
  if (/^(SELECT|WITH|FROM|EXPLAIN|SHOW|SET)$/.test(verb)) return undefined;
  const found = new Set(places.flatMap(({ database, table }) => [database?.start, table?.start]));
  const words: Word[] = [];
  for (const word of wordsOf(statement)) {
    if (words.length > 0 && word.depth === 0 && word.type === 'word' && ENDS.test(word.text)) break;
    words.push(word);
  }
  const live = words.find(({ type, written, offset, depth }, at) => {
    if (depth !== 0 || (type !== 'word' && type !== 'name') || found.has(offset)) return false;
    return words[at + 1]?.type === 'dot' && words[at - 1]?.type !== 'dot' && isDatabase(written);
  });
  return live && `it names the database ${live.written} where none is looked for`;
}
