import type { ClickhouseError } from './failure.ts';

const LONGEST = 400;
const MOST_EXPECTED = 5;

/**
 * What a server said, without what helps nobody who has the statement before them: the statement itself, the list of all
 * that could stand in its place, addresses of the server's own code. Ends with the name of the error. Pure.
 */
export function shortText({ message, type, serverCode }: ClickhouseError): string {
  const [text = ''] = message.split(STACK);
  const words = serverCode === SYNTAX_ERROR ? syntaxText(text) : withoutEchoes(text);
  const cut = words.length > LONGEST ? `${words.slice(0, LONGEST).trimEnd()} …` : words;
  return type === '' || cut.endsWith(`(${type})`) ? cut : `${cut} (${type})`;
}

const SYNTAX_ERROR = 62;
/** The first line of a stack trace. */
const STACK = /\n\s*\n?0\. /;

function syntaxText(text: string): string {
  const near = /failed at position \d+ \(([\s\S]*?)\)(?: \(line \d+, col \d+\))?:/.exec(text)?.[1];
  if (near === undefined) return withoutEchoes(text);
  const expected = (/Expected one of: ([^.]*)\./.exec(text)?.[1] ?? '').split(', ');
  const words = [...new Set(expected)].filter((word) => /^[A-Z][A-Z ]+$/.test(word)).slice(0, MOST_EXPECTED);
  const list = words.length === 0 ? '' : `; it could be ${words.join(', ')} …`;
  return `Syntax error at ${near}${list}`;
}

function withoutEchoes(text: string): string {
  return text
    .replace(/:? In scope [\s\S]*?(?=\. Maybe you meant|\([A-Z][A-Z_]{2,}\)|$)/i, '')
    .replace(/:? while executing [\s\S]*?(?=\([A-Z][A-Z_]{2,}\)|$)/i, ' ')
    .replace(/ Note: there are [\s\S]*?(?=: In scope|: while|\([A-Z][A-Z_]{2,}\)|$)/, ' ')
    .replace(/\(version [^()]*(\([^()]*\))?\)/g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([.:]) *(?=\()/g, '$1 ')
    .replace(/\?\./g, '?')
    .trim();
}
