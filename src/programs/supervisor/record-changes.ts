import { namesIn, signatureOf } from './file-status.ts';
import { foldersOf, recordFileOf } from './protocol/instance-files.ts';

/** Finds out which records were written or deleted, by their inodes and times alone: no file is opened for it. */
export interface RecordChanges {
  /** Names of the instances whose record is new, was replaced or is gone since the last call, or since `forget`. */
  next(): readonly string[];
  /** The next call names this instance again if it has a record. */
  forget(name: string): void;
}

/** @param instances the project's instances folder. */
export function recordChanges(instances: string): RecordChanges {
  const known = new Map<string, string>();
  return {
    forget: (name) => {
      known.delete(name);
    },
    next: () => {
      const changed: string[] = [];
      for (const name of new Set([...namesIn(instances), ...known.keys()])) {
        const now = signatureOf(recordFileOf(foldersOf(instances, name)));
        if (now === known.get(name)) continue;
        changed.push(name);
        if (now === undefined) known.delete(name);
        else known.set(name, now);
      }
      return changed;
    },
  };
}
