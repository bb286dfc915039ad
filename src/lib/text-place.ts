/** Line and column from 1, as an editor counts them. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** What ends a line: CRLF, LF, or a CR alone. */
const LINE_END = /\r\n|\r|\n/g;

export interface PlaceFinder {
  /** The place of the character at `offset`, from 0. */
  (offset: number): TextPlace;
  /** The place behind the last character. */
  readonly end: TextPlace;
}

/** Reads the text once, so that any number of places are found without reading it again. Pure. */
export function placeFinder(text: string): PlaceFinder {
  const starts = [0];
  for (const { 0: end, index } of text.matchAll(LINE_END)) starts.push(index + end.length);
  const find = (offset: number): TextPlace => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
  return Object.assign(find, { end: find(text.length) });
}
