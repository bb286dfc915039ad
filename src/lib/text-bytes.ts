/** Characters after which a text becomes bytes: what was put together of many small ones is not kept for long. */
const PIECE = 8192;
/** Bytes that a character may take. */
const MOST_BYTES = 3;

/**
 * Many texts, one behind the other, as one Buffer in UTF-8: their characters are never all held as text.
 * @param textOf each of them, from 0 on, in their order. @param expected bytes that they will be, about: more costs a copy.
 */
export function textBytes(count: number, textOf: (index: number) => string, expected: number): Buffer {
  let bytes: Buffer = Buffer.allocUnsafe(expected + MOST_BYTES * PIECE);
  let end = 0;
  let piece = '';
  for (let index = 0; index < count; index++) {
    piece += textOf(index);
    if (piece.length < PIECE && index < count - 1) continue;
    const most = MOST_BYTES * piece.length;
    if (end + most > bytes.length) bytes = larger(bytes, end, most);
    end += bytes.write(piece, end);
    piece = '';
  }
  return bytes.subarray(0, end);
}

function larger(bytes: Buffer, end: number, more: number): Buffer {
  const copy = Buffer.allocUnsafe(2 * bytes.length + more);
  bytes.copy(copy, 0, 0, end);
  return copy;
}
