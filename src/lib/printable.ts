/** Control characters, and those that reverse the direction of what follows: what a terminal would act upon. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Text that others have written, safe for one line of a terminal: `\x1b` instead of an escape. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** As `printable`, with what `keep` says left as it is: it is handed pieces that hold control characters. */
export function printableExcept(text: string, keep: RegExp): string {
  const parts = text.split(keep);
  const kept = text.match(keep) ?? [];
  return parts.map((part, index) => `${printable(part)}${kept[index] ?? ''}`).join('');
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
