import { indexOfWords, type Word, wordsOf } from '../sql/running/words.ts';

/**
 * Why a statement may read messages, or write rows, that are not in the shadow database itself; undefined: it does not. Known
 * engines are taken and all others are not: a server may have any engine that hands rows on (Buffer, Distributed, S3). Pure.
 */
export function reachesOut(statement: string): string | undefined {
  const words = [...wordsOf(statement)];
  if (indexOfWords(words, 'PARALLEL', 'WITH') !== -1) return 'PARALLEL WITH holds statements that are not looked at';
  if (/^(EXPLAIN|SELECT)$/.test(words[0]?.text ?? '')) return undefined;
  const writes = [['INTO'], ['TABLE'], ['INSERT']].some((before) => indexOfWords(words, ...before, 'FUNCTION') !== -1);
  if (writes) return 'a table function may write to another place';
  if (hasOwnDisk(words)) return 'a disk of its own may be one that has live data';
  return /^(CREATE|REPLACE|ATTACH)$/.test(words[0]?.text ?? '') ? creates(definition(words)) : undefined;
}

/** Engines that keep their rows in the table, or nowhere. `Atomic` is that of a database. */
const KEEPS_ROWS =
  /^((Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Coalescing|Graphite)?MergeTree|Memory|Log|TinyLog|StripeLog|Null|Set|Join|View|MaterializedView|LiveView|Atomic)$/i;

function creates(words: readonly Word[]): string | undefined {
  for (const [at, word] of words.entries()) {
    const [next, behind] = [words[at + 1], words[at + 2]];
    if (word.depth !== 0 || word.type !== 'word') continue;
    if (word.text === 'ENGINE' && isClause(words, at)) {
      const engine = next?.text === '=' ? behind : next;
      if (!KEEPS_ROWS.test(engine?.text ?? '')) return refusal(engine?.written ?? '');
    }
    // CREATE TABLE … AS remote(…) is a table whose rows are elsewhere.
    if (word.text === 'AS' && behind?.text === '(' && next?.type !== 'other')
      return `a table AS ${next?.written}(…) may have its rows in another place`;
    const first = words[0]?.text;
    if (word.text === 'UUID' || (first === 'ATTACH' && word.text === 'FROM'))
      return `${first} … ${word.text} may take the rows of a live table`;
  }
  return undefined;
}

function refusal(engine: string): string {
  return `ENGINE = ${engine} may take messages from a live table or write to another place`;
}

/** A table or a column may be called so. */
function isClause(words: readonly Word[], at: number): boolean {
  const next = words[at + 1];
  if (next?.text === '=') return true;
  const before = words[at - 1];
  return (
    next !== undefined &&
    next.text !== 'AS' &&
    !/^[(),]$/.test(next.text) &&
    before?.text !== 'BY' &&
    !/^(comma|dot)$/.test(before?.type ?? '')
  );
}

/** What stands before the SELECT: the engine and its clauses do. */
function definition(words: readonly Word[]): readonly Word[] {
  const end = words.findIndex(
    ({ type, text, depth }, at) =>
      depth === 0 && type === 'word' && text === 'AS' && /^(SELECT|WITH|FROM|\()$/.test(words[at + 1]?.text ?? ''),
  );
  return end === -1 ? words : words.slice(0, end);
}

/** `SETTINGS disk = disk(type = s3, …)` */
function hasOwnDisk(words: readonly Word[]): boolean {
  return words.some(
    ({ text }, at) =>
      text.toUpperCase() === 'DISK' &&
      words[at + 1]?.text === '=' &&
      words[at + 2]?.text === 'DISK' &&
      words[at + 3]?.text === '(',
  );
}
