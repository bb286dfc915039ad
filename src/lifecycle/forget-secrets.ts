import { rm } from 'node:fs/promises';
import { readSecrets } from '../project/secrets.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';

/**
 * Deletes every file of a project that may hold a password of data that is gone: the next `up` renders them again, and makes new ones
 * in place of those that were generated.
 * @returns warnings.
 */
export async function forgetSecrets(
  paths: Pick<ProjectPaths, 'rendered' | 'renderedCompose' | 'secrets'>,
): Promise<readonly string[]> {
  // What cannot be read goes, too.
  const { kept } = await readSecrets(paths).catch(() => ({ kept: {} }));
  for (const path of [paths.rendered, paths.renderedCompose, paths.secrets])
    await rm(path, { recursive: true, force: true });
  const given = Object.keys(kept);
  if (given.length === 0) return [];
  return [
    `forgotten with the data: ${given.join(', ')}, which was given as a flag; where it shall stay, give it to the next \`up\``,
  ];
}
