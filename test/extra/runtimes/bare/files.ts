/** What the runtime keeps of each instance, below the project's folder of instances. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listFolder, makeFolder, readJsonIfThere, writeJson } from '../../../../src/lib/files.ts';
import type { ProcessIdentity } from '../../../../src/lib/process-identity.ts';
import type { ProjectPaths } from '../../../../src/stack/contract/paths.ts';
import type { LogLine } from '../../../../src/stack/contract/runtime-options.ts';

export type Paths = Pick<ProjectPaths, 'instances' | 'rendered' | 'renderedHashes'>;

export interface Note {
  readonly name: string;
  readonly process: ProcessIdentity;
  /** Of the configuration that it was started with. */
  readonly hash: string | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

export async function readNotes(paths: Paths): Promise<readonly Note[]> {
  const names = (await listFolder(paths.instances)).map(({ name }) => name).sort();
  return (await Promise.all(names.map((name) => readNote(paths, name)))).filter((note) => note !== undefined);
}

export async function readNote(paths: Paths, name: string): Promise<Note | undefined> {
  return (await readJsonIfThere(noteFile(paths, name))) as Note | undefined;
}

export async function writeNote(paths: Paths, note: Note): Promise<void> {
  await writeJson(noteFile(paths, note.name), note);
}

export async function removeNote(paths: Paths, name: string): Promise<void> {
  await rm(noteFile(paths, name), { force: true });
}

export async function removeData({ instances }: Paths, name: string): Promise<void> {
  await rm(join(instances, name), { recursive: true, force: true });
}

export async function dataFolder({ instances }: Paths, name: string): Promise<string> {
  const folder = join(instances, name, 'data');
  await makeFolder(folder);
  return folder;
}

export function logFile({ instances }: Paths, name: string): string {
  return join(instances, name, 'log');
}

export async function lines(paths: Paths, instance: string): Promise<readonly LogLine[]> {
  const text = await readFile(logFile(paths, instance), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ instance, at: undefined, text: line }));
}

function noteFile({ instances }: Paths, name: string): string {
  return join(instances, name, 'note.json');
}
