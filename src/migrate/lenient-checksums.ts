import { sha256 } from '../lib/sha256.ts';

/**
 * Checksums that a ledger has for this text when the file was applied before it was saved as UTF-8. Such a file was read
 * with U+FFFD for each byte that is not UTF-8; saving it as UTF-8 must not count as an edit. Empty for plain ASCII and for
 * characters that these encodings of western Europe do not have. Pure.
 */
export function lenientChecksums(text: string): readonly string[] {
  if (!/[^\0-\x7f]/.test(text)) return [];
  const read = [LATIN1, WINDOWS_1252].flatMap((bytes) => {
    const encoded = encode(text, bytes);
    return encoded === undefined ? [] : [encoded.toString('utf8')];
  });
  return [...new Set(read)].map((lenient) => sha256(lenient));
}

/** Character -> byte. */
type Encoding = ReadonlyMap<string, number>;

/** What Windows has in the place of the control characters 0x80 to 0x9F of Latin-1. Node's own decoder gives those. */
const WINDOWS_80_9F = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

const LATIN1 = encodingOf((byte) => String.fromCharCode(byte));
const WINDOWS_1252 = encodingOf((byte) => WINDOWS_80_9F[byte - 0x80] ?? String.fromCharCode(byte));

function encodingOf(character: (byte: number) => string): Encoding {
  return new Map(Array.from({ length: 256 }, (_, byte) => [character(byte), byte]));
}

function encode(text: string, encoding: Encoding): Buffer | undefined {
  const bytes = Buffer.alloc(text.length);
  for (let index = 0; index < text.length; index++) {
    const byte = encoding.get(text.charAt(index));
    if (byte === undefined) return undefined;
    bytes[index] = byte;
  }
  return bytes;
}
