import type { Word } from './words.ts';
import { indexOfWords } from './words.ts';

/** A command of ALTER TABLE that cannot run twice. */
export interface OnceCommand {
  /** E.g. `ADD COLUMN`. */
  readonly what: string;
  /** What to write in its place, if there is something. */
  readonly way: string | undefined;
  readonly offset: number;
}

const COMMANDS = new Set(
  'ADD DROP CLEAR RENAME MODIFY ALTER COMMENT RESET MATERIALIZE DELETE UPDATE APPLY REMOVE ATTACH DETACH MOVE REPLACE FETCH FREEZE UNFREEZE FORGET EXPORT'.split(
    ' ',
  ),
);
const PARTS = new Set(['COLUMN', 'INDEX', 'CONSTRAINT', 'PROJECTION', 'STATISTICS']);
/** They fail, or do more, when they run again. */
const ONCE = new Set('UPDATE REMOVE ATTACH DETACH MOVE REPLACE FETCH FREEZE UNFREEZE FORGET EXPORT'.split(' '));

/** The first command of an ALTER that cannot run twice; undefined: all can. Pure. */
export function onceCommandOf(words: readonly Word[]): OnceCommand | undefined {
  if (words[1]?.text !== 'TABLE') {
    const at = indexOfWords(words, 'RENAME', 'TO');
    const word = words[at];
    return word && { what: 'RENAME TO', way: undefined, offset: word.offset };
  }
  const starts = startsOf(words);
  for (const [number, start] of starts.entries()) {
    const found = onceCommand(words.slice(start, starts[number + 1]));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where commands begin: behind the table's name, and behind a comma where the word is one: `MODIFY SETTING a = 1, b = 2` is one. */
function startsOf(words: readonly Word[]): readonly number[] {
  const starts: number[] = [];
  for (const [index, { type, text, depth }] of words.entries()) {
    const before = words[index - 1];
    if (index < 3 || type !== 'word' || !COMMANDS.has(text) || before?.type === 'dot') continue;
    const isBracketed = before?.text === '(' && depth === 1;
    const behind = isBracketed ? words[index - 2] : before;
    if ((isBracketed || depth === 0) && (starts.length === 0 || behind?.type === 'comma')) starts.push(index);
  }
  return starts;
}

function onceCommand(words: readonly Word[]): OnceCommand | undefined {
  const [first, second, third] = words;
  if (first === undefined) return undefined;
  const part = second?.text ?? '';
  const once = (what: string, way?: string): OnceCommand => ({ what, way, offset: first.offset });
  if (first.text === 'ADD' && PARTS.has(part)) {
    return third?.text === 'IF' ? undefined : once(`ADD ${part}`, `ADD ${part} IF NOT EXISTS`);
  }
  if (first.text === 'DROP') {
    if (!PARTS.has(part)) return once(`DROP ${part}`);
    return third?.text === 'IF' ? undefined : once(`DROP ${part}`, `DROP ${part} IF EXISTS`);
  }
  if (first.text === 'RENAME') {
    return third?.text === 'IF' ? undefined : once(`RENAME ${part}`, `RENAME ${part} IF EXISTS`);
  }
  if ((first.text === 'MODIFY' || first.text === 'ALTER') && indexOfWords(words, 'REMOVE') > 0)
    return once('MODIFY … REMOVE');
  if (!ONCE.has(first.text)) return undefined;
  return once(PARTS.has(part) || /^(PARTITION|PART|TTL|SAMPLE)$/.test(part) ? `${first.text} ${part}` : first.text);
}
