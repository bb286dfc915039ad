/**
 * A command that is one text, in words, as a POSIX shell splits it and Compose does too: quotes and backslashes, nothing is
 * replaced. Undefined: a quote is not closed. Pure.
 */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      const end = closing(text, at);
      if (end === -1) return undefined;
      const inner = text.slice(at + 1, end);
      word = (word ?? '') + (char === "'" ? inner : inner.replaceAll(/\\(["\\$`\n])/g, '$1'));
      at = end;
    } else if (char === '\\') {
      at++;
      if (text[at] !== '\n') word = (word ?? '') + (text[at] ?? '');
    } else {
      word = (word ?? '') + char;
    }
  }
  return word === undefined ? words : [...words, word];
}

function closing(text: string, start: number): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return -1;
}
