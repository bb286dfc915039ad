/**
 * Text for another reader, one function for each reader: what it reads is exactly the text, and nothing in it is ever run.
 * Undefined: the reader has no spelling for this text. Pure.
 */

/** Means the same, without quotes, to every reader here. Hashes of rendered files hold what comes of it: it stays as it is. */
const PLAIN = /^[\w./:@-]*$/;

/** One word for a POSIX shell. Single quotes keep everything but themselves (POSIX sh, 2.2.2). */
export function shellWord(text: string): string {
  return text !== '' && PLAIN.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** One word for the shell in a recipe of a Makefile, where make reads `$` first. Undefined: a recipe is one line. */
export function recipeWord(text: string): string | undefined {
  if (/[\r\n]/.test(text)) return undefined;
  const word = /^[\w./:@=,+-]+$/.test(text) ? text : shellWord(text);
  return word.replaceAll('$', '$$$$');
}

/**
 * The value of `NAME=value` as `node --env-file`, the npm package dotenv, Compose and a POSIX shell all read it. They agree on
 * single quotes, which end at the next one (Compose overlooks it after a backslash), and on double quotes around what has
 * no meaning there to any of them. Node and dotenv change carriage returns.
 */
export function dotenvValue(text: string): string | undefined {
  if (/^[\w./:@,+-]*$/.test(text)) return text;
  if (text.includes('\r')) return undefined;
  if (isSingleQuotable(text)) return `'${text}'`;
  return /["\\$`]/.test(text) ? undefined : `"${text}"`;
}

/**
 * The value of `NAME=value` as Compose (`.env`, `env_file`) and a POSIX shell read it: more than `dotenvValue`, because both
 * take a backslash in double quotes for an escape. A backquote there would be run by the shell, and Compose keeps its backslash.
 */
export function composeValue(text: string): string | undefined {
  return isSingleQuotable(text) || !text.includes('`') ? composeFileValue(text) : undefined;
}

/** The same for a file that only Compose reads, where a backquote is a character like any other. */
export function composeFileValue(text: string): string {
  if (PLAIN.test(text)) return text;
  return isSingleQuotable(text) ? `'${text}'` : `"${text.replace(/["\\$]/g, '\\$&')}"`;
}

function isSingleQuotable(text: string): boolean {
  return !text.includes("'") && !text.endsWith('\\');
}
