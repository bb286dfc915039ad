import { readFileSync } from 'node:fs';
import { writeJson } from '../lib/files.ts';
import type { MigrationSource } from '../stack/contract/migration-folder.ts';
import { VERSION } from '../version.ts';

/** What was found out about migration files by earlier runs, so that thousands of applied files are not read each time. */
export interface KnownFiles {
  /** The checksum of a file that was not written since it was read; undefined: it has to be read. */
  checksumOf(source: MigrationSource): string | undefined;
  learn(source: MigrationSource, checksum: string): void;
  /** Whether an earlier run has read the text with this checksum, and found no mistake. */
  isValid(checksum: string): boolean;
  learnValid(checksum: string): void;
  /** Writes down what was learned, if anything was. What cannot be written is found out again. */
  save(): Promise<void>;
}

/** The file at `path`: for one version of stackctl, because another one may read files in another way. */
interface Saved {
  readonly version: string;
  /** Path -> stamp and checksum. */
  readonly files: Readonly<Record<string, readonly [stamp: string, checksum: string]>>;
  /** Checksums of files without a mistake. */
  readonly valid: readonly string[];
}

/** A file system may give two writes in the same moment the same time: such a file is read again. */
const SETTLED_MS = 2000;

export function openKnownFiles(path: string): KnownFiles {
  const saved = readSaved(path);
  const files = new Map(Object.entries(saved.files));
  const valid = new Set(saved.valid);
  let isNew = false;
  return {
    checksumOf: (source) => {
      const known = files.get(source.path);
      return known !== undefined && known[0] === source.stamp?.()?.text ? known[1] : undefined;
    },
    learn: (source, checksum) => {
      const stamp = source.stamp?.();
      if (stamp === undefined || Date.now() - stamp.changedMs < SETTLED_MS) return;
      files.set(source.path, [stamp.text, checksum]);
      isNew = true;
    },
    isValid: (checksum) => valid.has(checksum),
    learnValid: (checksum) => {
      valid.add(checksum);
      isNew = true;
    },
    save: async () => {
      if (!isNew) return;
      const now: Saved = { version: VERSION, files: Object.fromEntries(files), valid: [...valid] };
      await writeJson(path, now).catch(() => undefined);
      isNew = false;
    },
  };
}

/** For those who keep nothing. */
export const NOTHING_KNOWN: Pick<KnownFiles, 'checksumOf' | 'learn'> = {
  checksumOf: () => undefined,
  learn: () => undefined,
};

function readSaved(path: string): Saved {
  const none: Saved = { version: VERSION, files: {}, valid: [] };
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Saved>;
    return found.version === VERSION ? { ...none, ...found } : none;
  } catch {
    // Not there, or damaged: everything is found out again.
    return none;
  }
}
