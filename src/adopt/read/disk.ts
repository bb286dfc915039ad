/** What is on the disk beside a Compose file. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What Compose merges in by itself when it is given no file. */
const OVERRIDES = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** Other files that Compose would read beside the one that is named `main`. */
export async function overrides(folder: string, main: string): Promise<readonly string[]> {
  const found = await Promise.all(OVERRIDES.map(async (name) => ((await isFile(join(folder, name))) ? [name] : [])));
  return found.flat().filter((name) => name !== main);
}

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** A path as the Compose file has it. */
export function absolute(folder: string, path: string): string {
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : join(folder, path);
}
