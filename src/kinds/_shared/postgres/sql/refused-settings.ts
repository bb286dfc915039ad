/**
 * Settings that stackctl cannot honour: it has read the file already, and the entry of the ledger comes into the file's
 * own transaction. Why such a statement is refused; undefined: it is not.
 * @param words the first words of the statement, in upper case.
 */
export function refusedSetting(words: string, text: string, transactional: boolean): string | undefined {
  if (!words.startsWith('SET ')) return undefined;
  if (/^SET (SESSION |LOCAL )?STANDARD_CONFORMING_STRINGS\b/.test(words) && OFF.test(text))
    return "standard_conforming_strings = off: stackctl reads quoted texts by the standard; write E'…' where a backslash escapes";
  if (
    /^SET (SESSION |LOCAL )?(CLIENT_ENCODING|NAMES)\b/.test(words) &&
    !/\b(UTF_?-?8|UNICODE)\b|\bDEFAULT\b/i.test(text)
  )
    return 'another client_encoding: the file is UTF-8 and is sent as such; leave this out';
  const isReadOnly =
    /^SET TRANSACTION\b.*\bREAD ONLY\b/.test(words) || /^SET (SESSION |LOCAL )?TRANSACTION_READ_ONLY\b/.test(words);
  if (transactional && isReadOnly && !(OFF.test(text) && !/\bREAD\s+ONLY\b/i.test(text)))
    return 'a transaction that is read-only cannot be entered into the ledger: leave this out, or start the file with "-- stackctl: transaction=false"';
  return undefined;
}

const OFF = /(?:=|\bTO)\s*'?(?:off|of|false|fals|fal|fa|f|no|n|0)'?\s*$/i;
