/** What a program was started from, and how that differs from what is there now. Pure. */

export interface ProgramRecord {
  /** Hash of its folder, part of its configuration. */
  readonly content: string;
  /** Path in its folder -> hash of the bytes. */
  readonly files: Readonly<Record<string, string>>;
  /** Files that it was seen to write. */
  readonly writes: readonly string[];
}

/** By name of the service. */
export type ProgramTable = Readonly<Record<string, ProgramRecord>>;

/** Entries that are none are left out. */
export function parsePrograms(json: unknown): ProgramTable {
  if (typeof json !== 'object' || json === null) return {};
  return Object.fromEntries(
    Object.entries(json).filter((entry): entry is [string, ProgramRecord] => isRecord(entry[1])),
  );
}

function isRecord(json: unknown): json is ProgramRecord {
  if (typeof json !== 'object' || json === null) return false;
  const { content, files, writes } = json as Readonly<Record<string, unknown>>;
  const hasFiles = typeof files === 'object' && files !== null && Object.values(files).every(isText);
  return isText(content) && hasFiles && Array.isArray(writes) && writes.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** SQLite keeps up to three more files beside a database. */
export function isDatabasePart(path: string, databases: ReadonlySet<string>): boolean {
  return databases.has(path) || databases.has(path.replace(/-(wal|shm|journal)$/, ''));
}

type Files = ReadonlyMap<string, string>;

const SHOWN = 3;

/** Written while a program runs, by the name alone; a folder `tmp` deeper down may be source. */
const SCRATCH = /(^tmp\/|(^|\/)\.(cache|tmp)\/|\.tmp$)/;

export function isScratch(path: string): boolean {
  return SCRATCH.test(path);
}

/**
 * `src/main.py, new.py (new), and 4 more`; undefined when nothing differs.
 * @param worksThere whether the program works in the folder, so that it may have changed a file itself.
 */
export function changedFiles(before: Files, now: Files, worksThere: boolean): string | undefined {
  const paths = [...new Set([...before.keys(), ...now.keys()])].sort();
  const changed = paths.flatMap((path) => {
    if (before.get(path) === now.get(path)) return [];
    if (!before.has(path)) return [`${path} (new)`];
    return [now.has(path) ? path : `${path} (gone)`];
  });
  if (changed.length === 0) return undefined;
  const more = changed.length > SHOWN ? [`and ${changed.length - SHOWN} more`] : [];
  const mayBeWritten = (path: string): boolean =>
    !before.has(path) || (worksThere && now.has(path) && before.get(path) !== now.get(path));
  const advice = paths.some(mayBeWritten) ? '; a file that it writes itself belongs into .dockerignore' : '';
  return `${[...changed.slice(0, SHOWN), ...more].join(', ')}${advice}`;
}
