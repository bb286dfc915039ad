import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Emit } from '../lib/events.ts';
import { listFolder, makeFolder } from '../lib/files.ts';
import type { Located } from '../project/locate.ts';
import { ownRecord } from '../project/own-record.ts';
import { writeRecord } from '../project/record.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { DataItem } from '../stack/contract/runtime.ts';

/** Where `up` puts what was copied: `.stackctl/<name>/copied-from-<id>/`. Nothing is started from there. */
const ASIDE = 'copied-from-';

export interface OwnCopyInput {
  /** Looks again under the lock: another `up` may have done it meanwhile. */
  readonly locate: () => Promise<Located>;
  /** The allocation lock, which keeps other commands of this user from allocating: the lock beside the copied record is the other project's. */
  readonly whileAllocating: (use: () => Promise<void>) => Promise<void>;
  readonly emit: Emit;
}

/**
 * Makes a project of its own of the copy of another one. The servers' data is put aside: it was copied while they wrote, and
 * it names the other project's addresses. What describes running things (processes, faults, locks) is the other project's
 * and is dropped, so that no command acts on it. A crash in between leaves a copy, to be made one's own again.
 */
export async function ownCopy({ locate, whileAllocating, emit }: OwnCopyInput): Promise<void> {
  await whileAllocating(async () => {
    const { record, origin, paths, identity } = await locate();
    if (record === undefined || origin.type !== 'copy') return;
    const aside = await putAside(paths, record.id);
    await writeRecord(paths, { ...ownRecord(record, identity.id), folder: identity.folder });
    emit({ type: 'note', text: noteText(identity, origin.of?.folder, aside) });
  });
}

function noteText({ name, id }: ProjectIdentity, from: string | undefined, aside: string | undefined): string {
  const source = from === undefined ? 'another project' : `the project in ${from}`;
  const data = aside === undefined ? '' : `; the data that was copied along is in ${aside} and is not used`;
  return `${name} is a copy of ${source} and becomes a project of its own (${id})${data}`;
}

/** Everything but the record and the secrets. @returns the folder of the data, where there was any. */
async function putAside(paths: ProjectPaths, id: string): Promise<string | undefined> {
  const kept = [paths.record, paths.secrets].map((path) => basename(path));
  const data = [basename(paths.instances), 'failover'];
  const found = (await readdir(paths.root)).filter((name) => !kept.includes(name) && !name.startsWith(ASIDE));
  const wanted = found.filter((name) => data.includes(name));
  for (const name of found.filter((one) => !wanted.includes(one))) {
    await rm(join(paths.root, name), { recursive: true, force: true });
  }
  if (wanted.length === 0) return undefined;
  const aside = join(paths.root, await freeName(paths.root, `${ASIDE}${id}`));
  await makeFolder(aside, 0o700);
  for (const name of wanted) await rename(join(paths.root, name), join(aside, name));
  return aside;
}

async function freeName(root: string, wanted: string): Promise<string> {
  const taken = new Set(await readdir(root));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** Copied data that lies beside the project's own: `clean` deletes it too. */
export async function dataPutAside({ root }: Pick<ProjectPaths, 'root'>): Promise<readonly DataItem[]> {
  const names = (await listFolder(root)).map(({ name }) => name).filter((name) => name.startsWith(ASIDE));
  return names.map((name) => ({ name: join(root, name), instance: '-', usedBytes: undefined }));
}
