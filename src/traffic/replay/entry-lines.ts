/**
 * Whether each entry of a list stands in a line of its own, as `seed record` writes them: where such a document ends in the middle,
 * nothing but its last line was cut off, while one that is laid out over several lines may lack more than that. Pure.
 */
export interface EntryLines {
  listBegins(line: number): void;
  /** An entry with another one behind it. */
  entryEnds(begin: number, end: number): void;
  /** Of a document that ends here, in the list. @param begin line in which the entry that is not complete begins; 0: none does. */
  isCutOffAt(line: number, begin: number): boolean;
}

export function createEntryLines(): EntryLines {
  let [isLineEach, last, entries] = [true, 0, 0];
  return {
    listBegins: (line) => {
      [isLineEach, last, entries] = [true, line, 0];
    },
    entryEnds: (begin, end) => {
      isLineEach &&= begin === end && begin > last;
      last = end;
      entries += 1;
    },
    isCutOffAt: (line, begin) => isLineEach && (begin === 0 ? entries > 0 : begin === line && line > last),
  };
}
