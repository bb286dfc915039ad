/**
 * What lies in the project's rendered folder: instance -> hash of the configuration that its files, and its entry of
 * compose.yaml, were rendered from. An instance whose files are being replaced is not in it, so that a run that is
 * killed half way leaves no hash that its files do not have.
 */
import { StackctlError } from '../../errors.ts';
import { readJsonIfThere, writeJson } from '../../lib/files.ts';
import type { ProjectPaths } from '../contract/paths.ts';

export type RenderedHashes = ReadonlyMap<string, string>;

type Paths = Pick<ProjectPaths, 'renderedHashes'>;

/** Undefined when it is unknown: nothing was rendered yet, an earlier version wrote no hashes, or the file is broken. */
export async function readRenderedHashes({ renderedHashes }: Paths): Promise<RenderedHashes | undefined> {
  const json = await jsonOf(renderedHashes);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  return new Map(Object.entries(json).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function writeRenderedHashes({ renderedHashes }: Paths, hashes: RenderedHashes): Promise<void> {
  await writeJson(renderedHashes, Object.fromEntries([...hashes].sort(([a], [b]) => (a < b ? -1 : 1))));
}

async function jsonOf(path: string): Promise<unknown> {
  try {
    return await readJsonIfThere(path);
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return undefined;
    throw error;
  }
}
