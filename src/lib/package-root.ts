import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute folder of stackctl's own package.json, the one that holds `templates/`. Found by walking up, because the
 * build decides how deep below it a file ends.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`no package.json above ${import.meta.url}`);
    folder = dirname(folder);
  }
  return folder;
}
