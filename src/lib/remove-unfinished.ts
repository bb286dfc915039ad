import { join } from 'node:path';
import { listFolder, removeFile, statIfThere } from './files.ts';

/** As `writeFileAtomic` names what it writes before the rename. */
const UNFINISHED = /\.[0-9a-f]{8}\.tmp$/;
/** No write takes as long: what is older was left by a process that was killed. */
const OLD_MS = 60_000;

/** Deletes what processes that were killed in the middle of a write have left in a folder. */
export async function removeUnfinished(folder: string, nowMs: number): Promise<void> {
  for (const { name } of await listFolder(folder)) {
    if (!UNFINISHED.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs = nowMs } = statIfThere(path) ?? {};
    if (nowMs - mtimeMs > OLD_MS) await removeFile(path);
  }
}
