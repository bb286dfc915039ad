import { readFileSync } from 'node:fs';
import { writeJson } from '../lib/files.ts';
import type { MigrationSource } from '../stack/contract/migration-folder.ts';
import { VERSION } from '../version.ts';
import { type KnownFile, knownFolder, NOTHING_SAVED, type Saved, savedFolders } from './saved-files.ts';

/** What was found out about migration files by earlier runs, so that thousands of applied files are not read each time. */
export interface KnownFiles {
  /** The checksum of a file that was not written since it was read; undefined: it has to be read. */
  checksumOf(source: MigrationSource): string | undefined;
  learn(source: MigrationSource, checksum: string): void;
  /** Whether an earlier run has read the text with this checksum as one for this kind of server, and found no mistake. */
  isValid(kind: string, checksum: string): boolean;
  learnValid(kind: string, checksum: string): void;
  /** Writes down what was learned, if anything was. What cannot be written is found out again. */
  save(): Promise<void>;
}

/** A file system may give two writes in the same moment the same time: such a file is read again. */
const SETTLED_MS = 2000;

export function openKnownFiles(path: string): KnownFiles {
  const saved = readSaved(path);
  const folders = new Map(Object.entries(saved.folders).map(([folder, files]) => [folder, knownFolder(files)]));
  const learned = new Map<string, KnownFile>();
  let valid: Set<string> | undefined;
  const validOnes = (): Set<string> => {
    // A checksum alone, as it was written before, does not say for which kind.
    valid ??= new Set(saved.valid.split(' ').filter((one) => one.includes('/')));
    return valid;
  };
  let isNew = false;
  return {
    checksumOf: (source) => {
      const { name, path: at } = source;
      const fresh = learned.size === 0 ? undefined : learned.get(at);
      if (fresh === undefined) return folders.get(folderOf(at, name))?.checksumOf(source);
      const numbers = source.stamp?.()?.numbers;
      return numbers?.every((number, index) => number === fresh.stamp[index]) ? fresh.checksum : undefined;
    },
    learn: (source, checksum) => {
      const stamp = source.stamp?.();
      if (stamp === undefined || Date.now() - stamp.changedMs < SETTLED_MS) return;
      learned.set(source.path, {
        folder: folderOf(source.path, source.name),
        name: source.name,
        stamp: stamp.numbers,
        checksum,
      });
      isNew = true;
    },
    isValid: (kind, checksum) => validOnes().has(`${kind}/${checksum}`),
    learnValid: (kind, checksum) => {
      validOnes().add(`${kind}/${checksum}`);
      isNew = true;
    },
    save: async () => {
      if (!isNew) return;
      const all = [...folders].flatMap(([folder, files]) => files.all().map((file) => ({ ...file, folder })));
      const now: Saved = {
        version: VERSION,
        folders: savedFolders([...all, ...learned.values()]),
        valid: [...validOnes()].join(' '),
      };
      await writeJson(path, now).catch(() => undefined);
      isNew = false;
    },
  };
}

/** As `dirname`, for thousands. */
function folderOf(path: string, name: string): string {
  return path.slice(0, -name.length);
}

/** For those who keep nothing. */
export const NOTHING_KNOWN: Pick<KnownFiles, 'checksumOf' | 'learn'> = {
  checksumOf: () => undefined,
  learn: () => undefined,
};

function readSaved(path: string): Saved {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Saved>;
    const { version, folders, valid } = found;
    return version === VERSION && folders !== undefined && typeof valid === 'string'
      ? { version, folders, valid }
      : NOTHING_SAVED;
  } catch {
    // Not there, or damaged: everything is found out again.
    return NOTHING_SAVED;
  }
}
