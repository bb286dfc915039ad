/** The files that the image of a database runs when it makes its data: https://hub.docker.com/_/postgres, "Initialization scripts". */
import { readdir, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { readSourceIfThere, type SourceText } from '../../lib/source-text.ts';
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import { INIT_FOLDER } from '../../stack/derived/compose-reading.ts';
import { absolute } from './disk.ts';

export interface InitScript {
  /** In the container's folder; by it the image orders them. */
  readonly name: string;
  /** As the Compose file names it, relative to its folder where it does. */
  readonly path: string;
  /** Undefined: it is no SQL. */
  readonly source: SourceText | undefined;
}

/** Name of a service -> its scripts, in the order in which its image runs them. @throws E_STATE_UNREADABLE */
export async function readInitScripts(
  folder: string,
  services: readonly ComposeService[],
): Promise<ReadonlyMap<string, readonly InitScript[]>> {
  const found = new Map<string, readonly InitScript[]>();
  for (const { name, mounts } of services) {
    const byName = new Map<string, InitScript>();
    // What is mounted into a mounted folder hides what is there.
    const outerFirst = mounts.toSorted((a, b) => a.target.length - b.target.length);
    for (const { type, source, target } of outerFirst) {
      if (type !== 'bind' || source === undefined) continue;
      for (const script of await scriptsAt(folder, source, target.replace(/\/+$/, ''))) byName.set(script.name, script);
    }
    if (byName.size > 0)
      found.set(
        name,
        [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      );
  }
  return found;
}

/** Only what lies in the folder itself is run. */
async function scriptsAt(folder: string, source: string, target: string): Promise<readonly InitScript[]> {
  const entry = await stat(absolute(folder, source)).catch(() => undefined);
  if (target === INIT_FOLDER && entry?.isDirectory() === true) {
    const entries = await readdir(absolute(folder, source), { withFileTypes: true });
    const files = entries.filter((one) => one.isFile()).map((one) => one.name);
    return Promise.all(files.map((name) => readScript(folder, `${source.replace(/\/+$/, '')}/${name}`, name)));
  }
  if (posix.dirname(target) !== INIT_FOLDER || entry?.isFile() !== true) return [];
  return [await readScript(folder, source, posix.basename(target))];
}

async function readScript(folder: string, path: string, name: string): Promise<InitScript> {
  const source = name.endsWith('.sql') ? await readSourceIfThere(absolute(folder, path)) : undefined;
  return { name, path, source };
}

/** `migrations/db` -> names of the files in it. */
export async function readMigrationFolders(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const root = join(folder, 'migrations');
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((one) => one.isDirectory()).map(({ name }) => name);
  const all = await Promise.all(
    folders.map(async (name) => [`migrations/${name}`, await readdir(join(root, name))] as const),
  );
  return new Map(all);
}
