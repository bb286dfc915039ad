/**
 * Files of which two belong together: what makes something and what takes it back. Run in the order of their names, the second
 * one undoes the first. They have one version: none of them must get another number.
 */

interface Half {
  readonly name: string;
  /** The name without the word and what is behind it, in lower case. */
  readonly stem: string;
  readonly separator: string;
  /** In lower case. */
  readonly part: string;
}

interface PairedFiles {
  readonly tool: string;
  /** What makes something; undefined: the file without a word. */
  readonly up: string | undefined;
  readonly down: string;
  /** `stackctl migrate import` makes one file of the two. */
  readonly isImported?: true;
}

const PAIRED: readonly PairedFiles[] = [
  { tool: 'golang-migrate', up: 'up', down: 'down', isImported: true },
  { tool: 'Postgrator', up: 'do', down: 'undo' },
  { tool: 'yoyo', up: undefined, down: 'rollback' },
];

const HALF = /^(?<stem>\d+_.*)(?<separator>[._-])(?<part>up|down|do|undo|rollback)\.sql$/i;

/** The files of a folder that are such a half, and for each what to do about it. Pure. */
export function foreignHalves(names: readonly string[]): ReadonlyMap<string, string> {
  const found = names.flatMap(halfOf);
  if (found.length === 0) return new Map();
  const stems = new Set(names.map((name) => name.slice(0, -'.sql'.length).toLowerCase()));
  const all = PAIRED.flatMap((files) => halvesOf(files, found, stems));
  return new Map(all);
}

function halfOf(name: string): readonly Half[] {
  const { stem, separator, part } = HALF.exec(name)?.groups ?? {};
  if (stem === undefined || separator === undefined || part === undefined) return [];
  return [{ name, stem: stem.toLowerCase(), separator, part: part.toLowerCase() }];
}

/** Behind a dot the word is a mark. Behind another sign it may be part of a title: only beside its other half it is none. */
function halvesOf(
  files: PairedFiles,
  found: readonly Half[],
  stems: ReadonlySet<string>,
): readonly (readonly [string, string])[] {
  const hasMakers = ({ stem, separator }: Half): boolean =>
    stems.has(stem) || (files.up !== undefined && stems.has(`${stem}${separator}${files.up}`));
  const downs = found.filter((half) => half.part === files.down && (half.separator === '.' || hasMakers(half)));
  const hasDown = ({ stem, separator }: Half): boolean =>
    downs.some((down) => down.separator === separator && (separator === '.' || down.stem === stem));
  const ups = found.filter((half) => half.part === files.up && hasDown(half));
  return [
    ...downs.map(
      (half) => [half.name, refusal(files, half, `what takes ${makerOf(half, files, stems)} back`)] as const,
    ),
    ...ups.map((half) => [half.name, refusal(files, half, pairOf(half, files, stems))] as const),
  ];
}

/** The file that a down part belongs to, if it is there. */
function makerOf(half: Half, { up }: PairedFiles, stems: ReadonlySet<string>): string {
  const { stem, separator } = half;
  if (stems.has(stem)) return otherName(half, undefined); // some have no word for what makes something
  return up !== undefined && stems.has(`${stem}${separator}${up}`) ? otherName(half, up) : 'another file';
}

function pairOf(half: Half, { down }: PairedFiles, stems: ReadonlySet<string>): string {
  const { stem, separator } = half;
  return stems.has(`${stem}${separator}${down}`) ? `half of a pair with ${otherName(half, down)}` : 'half of a pair';
}

/** As it is written, not in lower case. */
function otherName({ name, stem, separator }: Half, word: string | undefined): string {
  return `${name.slice(0, stem.length)}${word === undefined ? '' : separator + word}.sql`;
}

function refusal(files: PairedFiles, half: Half, what: string): string {
  const isDotted = half.separator === '.';
  const tool = isDotted ? files.tool : 'a tool with two files for each migration';
  const next =
    isDotted && files.isImported === true
      ? 'move both to a folder of their own, and `stackctl migrate import` with that folder makes one file of the two'
      : `make one file ${otherName(half, undefined)} of the two, with what takes it back below a line "-- stackctl: down"`;
  return `this is a file of ${tool}, ${what}, and does not run as it is: ${next}`;
}
