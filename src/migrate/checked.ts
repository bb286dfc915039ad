import { readJsonIfThere, writeJson } from '../lib/files.ts';
import { VERSION } from '../version.ts';
import type { MigrationFile } from './file.ts';
import { requireValid } from './folder.ts';

/** Checksums of files that were read before and had no mistake, by this version of stackctl. */
interface Checked {
  readonly version: string;
  readonly checksums: readonly string[];
}

/**
 * Reads what the files say, and remembers at `path` those without a mistake: an `up` of a project with thousands of applied
 * files reads only what is new. What cannot be remembered is read again.
 * @throws E_MIGRATION_INVALID with every mistake in the files that were not checked before.
 */
export async function requireChecked(path: string, files: readonly MigrationFile[]): Promise<void> {
  const known = await readChecked(path);
  const unknown = files.filter(({ checksum }) => !known.has(checksum));
  if (unknown.length === 0) return;
  requireValid(unknown);
  const checked: Checked = { version: VERSION, checksums: files.map(({ checksum }) => checksum) };
  await writeJson(path, checked).catch(() => undefined);
}

async function readChecked(path: string): Promise<ReadonlySet<string>> {
  const found = (await readJsonIfThere(path).catch(() => undefined)) as Partial<Checked> | undefined;
  return new Set(found?.version === VERSION && Array.isArray(found.checksums) ? found.checksums : []);
}
