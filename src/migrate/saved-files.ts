import type { MigrationSource } from '../stack/contract/migration-folder.ts';
import { VERSION } from '../version.ts';

/** What is written down of migration files: for one version of stackctl, because another one may read them in another way. */
export interface Saved {
  readonly version: string;
  /** Folder, with a slash at its end -> what is known of its files. */
  readonly folders: Readonly<Record<string, SavedFolder>>;
  /** `kind/checksum` of each file without a mistake, with spaces between them. */
  readonly valid: string;
}

/** Each column as one text: ten thousand of them are read in a moment. */
export interface SavedFolder {
  /** With slashes between them, which no name has. */
  readonly names: string;
  /** `StampNumbers` of each, four doubles, as this machine has them, in Base64. */
  readonly stamps: string;
  /** SHA-256 of each, hexadecimal, one behind the other. */
  readonly checksums: string;
}

export const NOTHING_SAVED: Saved = { version: VERSION, folders: {}, valid: '' };

export interface KnownFile {
  readonly folder: string;
  readonly name: string;
  readonly stamp: ArrayLike<number>;
  readonly checksum: string;
}

type FileInFolder = Omit<KnownFile, 'folder'>;

const STAMP = 4;
const CHECKSUM = 64;

/** Finds files of a folder by name; quickest in the order in which they were saved. Nothing in a damaged one. Pure. */
export function knownFolder({ names: joined, stamps: encoded, checksums }: SavedFolder) {
  const bytes = Buffer.from(encoded, 'base64');
  const isWhole = (count: number) =>
    bytes.length === count * STAMP * Float64Array.BYTES_PER_ELEMENT && checksums.length === count * CHECKSUM;
  const all = joined.split('/');
  const names = isWhole(all.length) ? all : [];
  const stamps = doublesOf(bytes);
  const at = (index: number): FileInFolder => ({
    name: names[index] as string,
    stamp: stamps.subarray(index * STAMP, (index + 1) * STAMP),
    checksum: checksums.slice(index * CHECKSUM, (index + 1) * CHECKSUM),
  });
  let indexes: ReadonlyMap<string, number> | undefined;
  let next = 0;
  const indexOf = (name: string): number | undefined => {
    if (names[next] === name) return next;
    indexes ??= new Map(names.map((one, index) => [one, index]));
    return indexes.get(name);
  };
  return {
    /** The checksum of a file that has the same numbers still. */
    checksumOf: (source: Pick<MigrationSource, 'name' | 'stamp'>): string | undefined => {
      const index = indexOf(source.name);
      const now = index === undefined ? undefined : source.stamp?.()?.numbers;
      if (index === undefined || now === undefined) return undefined;
      next = index + 1;
      // No view and no function for each of thousands.
      for (let of = 0; of < STAMP; of++) if (now[of] !== stamps[index * STAMP + of]) return undefined;
      return checksums.slice(index * CHECKSUM, (index + 1) * CHECKSUM);
    },
    all: (): readonly FileInFolder[] => names.map((_, index) => at(index)),
  };
}

/** They are read on the machine that wrote them. */
function doublesOf(bytes: Buffer): Float64Array {
  // A copy, because a view must begin where a double may.
  return new Float64Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / Float64Array.BYTES_PER_ELEMENT));
}

/** What is known of files, as it is written down. Of several with the same path the last one counts. Pure. */
export function savedFolders(files: readonly KnownFile[]): Saved['folders'] {
  const folders = new Map<string, Map<string, KnownFile>>();
  for (const file of files) {
    const inside = folders.get(file.folder) ?? new Map<string, KnownFile>();
    folders.set(file.folder, inside.set(file.name, file));
  }
  return Object.fromEntries(
    [...folders].map(([folder, inside]) => [folder, savedFolder([...inside.values()].toSorted(byName))]),
  );
}

/** As the files of a folder are listed. */
function byName(a: KnownFile, b: KnownFile): number {
  return a.name < b.name ? -1 : 1;
}

function savedFolder(files: readonly KnownFile[]): SavedFolder {
  const stamps = Float64Array.from(files.flatMap(({ stamp }) => Array.from(stamp)));
  return {
    names: files.map(({ name }) => name).join('/'),
    stamps: Buffer.from(stamps.buffer).toString('base64'),
    checksums: files.map(({ checksum }) => checksum).join(''),
  };
}
