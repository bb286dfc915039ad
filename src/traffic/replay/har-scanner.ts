/**
 * Finds the elements of `log.entries` in a HAR that comes in chunks, and keeps no more of it than one of them: JSON in UTF-8
 * (RFC 8259), where the bytes of its structure are never part of another character. Elements are cut out and not judged; of
 * what stands outside of them only brackets and strings are looked at. Pure.
 */
import { formatBytes } from '../../lib/bytes.ts';
import { type Cutting, createCutting } from './cutting.ts';
import { createEntryLines, type EntryLines } from './entry-lines.ts';

export interface ScannedEntry {
  /** Line of the recording, from 1, in which it begins. */
  readonly line: number;
  /** Its text; the value of a key that is skipped is null in it. */
  readonly bytes: Buffer;
}

export interface ScanRules {
  /** Keys of an entry whose values are not needed, e.g. `response`, which may be large. */
  readonly skip: readonly string[];
  /** Bytes that an entry may have without them. */
  readonly longestBytes: number;
  /** The error for a mistake; `message` is the rest of a sentence about the line. */
  readonly refuse: (line: number, message: string) => Error;
}

export interface EntryScanner {
  /** The entries that end in this chunk. @throws what `refuse` makes. */
  push(chunk: Buffer): readonly ScannedEntry[];
  /**
   * Whether the document was cut off in the last of entries that have a line each, as `seed record` writes them.
   * @throws what `refuse` makes of any other document that is not complete, and of one without a list `log.entries`.
   */
  end(): 'whole' | 'cut off';
}

/** The way to an entry: the document, its `log`, the list in it, an element that is an object. */
const [DOCUMENT, LOG, ENTRIES, ENTRY] = [1, 2, 3, 4] as const;
const DEEPEST = 1000;
/** Of `response` and `entries` with each character as an escape. */
const LONGEST_KEY = 48;

const [TAB, LINE_FEED, RETURN, SPACE, QUOTE, COMMA, COLON] = [9, 10, 13, 32, 34, 44, 58] as const;
const [OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 92, 93, 123, 125] as const;

interface Scan {
  readonly rules: ScanRules;
  readonly cutting: Cutting;
  /** What is open, from the outside; of each whether it is an object. */
  readonly open: boolean[];
  /** How many of `open`, from the outside, are on the way to an entry. */
  way: number;
  line: number;
  /** Where the entry begins that is being read; 0: it has not begun. */
  entryLine: number;
  commas: number;
  text: 'none' | 'string' | 'escape';
  expectsKey: boolean;
  /** The last key that was read on the way to an entry, or of one. */
  key: string;
  /** The key that is being read, as it is written; undefined: none is. */
  written: string | undefined;
  isSkipping: boolean;
  hasList: boolean;
  readonly lines: EntryLines;
  isOver: boolean;
  found: ScannedEntry[];
}

export function createEntryScanner(rules: ScanRules): EntryScanner {
  const tooLong = `begins an entry longer than ${formatBytes(rules.longestBytes)}, without its response`;
  const scan: Scan = {
    ...{ rules, cutting: createCutting(rules.longestBytes, () => rules.refuse(scan.entryLine || scan.line, tooLong)) },
    ...{ open: [], way: 0, line: 1, entryLine: 0, commas: 0, text: 'none', expectsKey: false },
    ...{
      key: '',
      written: undefined,
      isSkipping: false,
      hasList: false,
      lines: createEntryLines(),
      isOver: false,
      found: [],
    },
  };
  return {
    push: (chunk) => {
      scan.found = [];
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] ?? 0;
        if (scan.text === 'none') readStructure(scan, byte, chunk, at);
        else readText(scan, byte);
      }
      scan.cutting.keep(chunk);
      return scan.found;
    },
    end: () => {
      if (!scan.isOver && scan.way >= ENTRIES && scan.lines.isCutOffAt(scan.line, scan.entryLine)) return 'cut off';
      if (!scan.isOver) throw rules.refuse(scan.line, 'is the last one, and the document is not complete');
      if (!scan.hasList) throw rules.refuse(1, NO_ENTRIES);
      return 'whole';
    },
  };
}

const NO_ENTRIES = 'begins a document without a list log.entries, which a HAR has';

function readText(scan: Scan, byte: number): void {
  const isMark = byte === QUOTE && scan.text === 'string';
  scan.text = isMark ? 'none' : byte === BACKSLASH && scan.text === 'string' ? 'escape' : 'string';
  if (scan.written === undefined) return;
  if (!isMark) {
    if (scan.written.length <= LONGEST_KEY) scan.written += String.fromCharCode(byte);
    return;
  }
  scan.key = keyOf(scan.written);
  scan.written = undefined;
}

/** A key that is longer than those that are looked for, or none at all, is not one of them. */
function keyOf(written: string): string {
  try {
    return String(JSON.parse(`"${written}"`));
  } catch {
    return '';
  }
}

function readStructure(scan: Scan, byte: number, chunk: Buffer, at: number): void {
  if (byte === LINE_FEED) scan.line += 1;
  if (byte === SPACE || byte === LINE_FEED || byte === RETURN || byte === TAB) return;
  if (scan.isOver) throw scan.rules.refuse(scan.line, 'has something behind the end of the document');
  const ends = byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT;
  if (isAt(scan, ENTRIES) && !ends && scan.entryLine === 0) scan.entryLine = scan.line;
  if (byte === QUOTE) {
    scan.text = 'string';
    if (scan.expectsKey && scan.way === scan.open.length) scan.written = '';
  } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) enter(scan, byte === OPEN_OBJECT, at);
  else if (byte === COLON) readColon(scan, chunk, at);
  else if (ends) {
    goOn(scan, byte, chunk, at);
    if (byte === COMMA) scan.expectsKey = scan.open.at(-1) === true;
    else leave(scan, byte === CLOSE_OBJECT);
  }
}

function isAt({ way, open }: Scan, step: number): boolean {
  return way === step && open.length === step;
}

function enter(scan: Scan, isObject: boolean, at: number): void {
  const { open, rules, key } = scan;
  if (open.length === 0 && !isObject) throw rules.refuse(scan.line, NO_ENTRIES);
  if (open.length === DEEPEST) throw rules.refuse(scan.line, `is nested deeper than ${DEEPEST} levels`);
  const isList = isAt(scan, LOG) && !isObject && key === 'entries';
  const isOnTheWay = (isAt(scan, DOCUMENT) && key === 'log') || isAt(scan, ENTRIES) || open.length === 0;
  if (isList || (isOnTheWay && isObject)) scan.way += 1;
  open.push(isObject);
  scan.expectsKey = isObject;
  if (!isList) return;
  scan.hasList = true;
  scan.commas = 0;
  scan.lines.listBegins(scan.line);
  scan.cutting.begin(at + 1);
}

function leave(scan: Scan, isObject: boolean): void {
  const { open } = scan;
  if (open.pop() !== isObject) throw scan.rules.refuse(scan.line, 'has a bracket that closes nothing');
  scan.way = Math.min(scan.way, open.length);
  scan.isOver = open.length === 0;
  scan.expectsKey = false;
}

function readColon(scan: Scan, chunk: Buffer, at: number): void {
  scan.expectsKey = false;
  if (!isAt(scan, ENTRY) || !scan.rules.skip.includes(scan.key)) return;
  scan.cutting.leaveOut(chunk, at + 1, 'null');
  scan.isSkipping = true;
}

/** A comma or a bracket: behind a value that was skipped, or behind an entry. */
function goOn(scan: Scan, byte: number, chunk: Buffer, at: number): void {
  const { cutting, lines, rules, line, entryLine } = scan;
  if (isAt(scan, ENTRY) && scan.isSkipping) {
    scan.isSkipping = false;
    cutting.begin(at);
  }
  if (!isAt(scan, ENTRIES)) return;
  const bytes = cutting.end(chunk, at);
  if (byte === COMMA) lines.entryEnds(entryLine, line);
  scan.entryLine = 0;
  // Nothing stands between the brackets of an empty list; a comma has an entry on both sides.
  if (entryLine !== 0) scan.found.push({ line: entryLine, bytes });
  else if (byte === COMMA || scan.commas > 0) throw rules.refuse(line, 'has a comma without an entry of log.entries');
  if (byte !== COMMA) return;
  scan.commas += 1;
  cutting.begin(at + 1);
}
