/** Texts of Compose secrets whose place variables such as `POSTGRES_PASSWORD_FILE` name. Reads the disk. */
import { resolve } from 'node:path';
import { readTextIfThere } from '../../lib/files.ts';
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { ComposeFile } from './compose-file.ts';

/**
 * Gives each service the texts of its secrets that are variables, or files, as images read them: without the end of the last line. One
 * that is not there has none.
 * @param folder absolute, of the Compose file.
 */
export async function withSecretTexts(file: ComposeFile, folder: string): Promise<ComposeFile> {
  const texts = new Map<string, string>();
  for (const [name, { file: path, text: given }] of file.secrets) {
    if (given !== undefined) texts.set(name, given);
    if (path === undefined) continue;
    const text = await readTextIfThere(resolve(folder, path)).catch(() => undefined);
    if (text !== undefined) texts.set(name, text.replace(/[\r\n]+$/, ''));
  }
  return {
    ...file,
    services: file.services.map((service) => ({ ...service, secretTexts: ofService(service, texts) })),
  };
}

function ofService({ files }: ComposeService, texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap(({ of, name, target }) => {
      const text = of === 'secrets' ? texts.get(name) : undefined;
      return text === undefined ? [] : [[target, text] as const];
    }),
  );
}
