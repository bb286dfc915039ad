import { wordsOf } from './running/words.ts';

/** Whether a statement sets `readonly`, for its session (SET) or for itself (SETTINGS), to another value than 0. Pure. */
export function isReadonlySet(statement: string): boolean {
  const [first, ...words] = wordsOf(statement);
  const begin = first?.text === 'SET' ? 0 : words.findIndex(({ type, text }) => type === 'word' && text === 'SETTINGS');
  if (begin === -1) return false;
  return words.some(
    ({ text }, index) =>
      index >= begin &&
      text.toUpperCase() === 'READONLY' &&
      words[index + 1]?.text === '=' &&
      !/^'?0'?$/.test(words[index + 2]?.text ?? '0'),
  );
}
