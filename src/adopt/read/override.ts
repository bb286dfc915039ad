/** The file that Compose merges in by itself. Reads the disk. */
import { join } from 'node:path';
import { isFile } from './disk.ts';

/** Files that Compose takes when it is given none, the first that is there; only then it looks for an override. */
export const COMPOSE_FILES: readonly string[] = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
];
/** The first that is there, in this order. */
const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/** @param main name of the Compose file. */
export async function overrideOf(folder: string, main: string): Promise<string | undefined> {
  if (!COMPOSE_FILES.includes(main)) return undefined;
  const found = await Promise.all(OVERRIDES.map((name) => isFile(join(folder, name))));
  return OVERRIDES.find((_, index) => found[index] === true);
}
