/** Characters that a terminal acts on: control characters, and those that change the direction of the text after them. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Text from servers and files, made safe for one line of a terminal: it shows `\x1b` instead of an escape character. */
export function escapeControls(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** As `escapeControls`, but what matches `keep` stays as it is, control characters included. */
export function escapeControlsExcept(text: string, keep: RegExp): string {
  const parts = text.split(keep);
  const kept = text.match(keep) ?? [];
  return parts.map((part, index) => `${escapeControls(part)}${kept[index] ?? ''}`).join('');
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
