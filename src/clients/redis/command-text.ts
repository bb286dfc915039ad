/**
 * Commands as one text, for bulk loads: several times as fast as `commandText` for each. Lengths are those of the text until it turns
 * out that a character takes more than one byte; then everything is written anew.
 */

export interface CommandText {
  readonly text: string;
  /** Every character is one byte, so that it may leave as Latin-1, which needs no conversion. */
  readonly isAscii: boolean;
}

/** What writes commands: to be called once, or twice with the same result. */
export type WriteCommands = (add: AddWords) => void;

export interface AddWords {
  /** A command has so many words, which follow. */
  begin(words: number): void;
  word(word: string): void;
  /** One that comes again and again, e.g. the name of a field. */
  known(word: string): void;
}

export function commandsAsText(write: WriteCommands): CommandText {
  const quick = adder(lengthOf);
  write(quick.add);
  const text = quick.text();
  if (Buffer.byteLength(text) === text.length) return { text, isAscii: true };
  const exact = adder(Buffer.byteLength);
  write(exact.add);
  return { text: exact.text(), isAscii: false };
}

const lengthOf = (word: string): number => word.length;

/** The heads of arrays and words that are not long. */
const HEADS = 1024;
const arrays = Array.from({ length: HEADS }, (_, length) => `*${length}\r\n`);
const words = Array.from({ length: HEADS }, (_, length) => `$${length}\r\n`);

/** Written once, whatever their number of bytes. */
const KNOWN_KEPT = 10_000;
const known = new Map<string, string>();

function adder(bytesOf: (word: string) => number): { readonly add: AddWords; text(): string } {
  let text = '';
  return {
    text: () => text,
    add: {
      begin: (count) => {
        text += arrays[count] ?? `*${count}\r\n`;
      },
      word: (word) => {
        const bytes = bytesOf(word);
        text += `${words[bytes] ?? `$${bytes}\r\n`}${word}\r\n`;
      },
      known: (word) => {
        text += known.get(word) ?? remember(word);
      },
    },
  };
}

function remember(word: string): string {
  const text = `$${Buffer.byteLength(word)}\r\n${word}\r\n`;
  if (known.size >= KNOWN_KEPT) known.clear();
  known.set(word, text);
  return text;
}
