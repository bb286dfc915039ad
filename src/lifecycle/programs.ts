import { realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { StackctlError } from '../errors.ts';
import { escapeControls } from '../lib/escape-controls.ts';
import { readJsonIfThere, writeJson } from '../lib/files.ts';
import { filesOpenForWriting } from '../lib/open-files.ts';
import type { BuildSource, Stack } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';
import { type FolderContent, folderContent } from '../stack/load/folder-content.ts';
import {
  changedFiles,
  isDatabasePart,
  isScratch,
  type ProgramRecord,
  type ProgramTable,
  parsePrograms,
} from './program-record.ts';

export interface Programs {
  /** With what each program is started from now, without the files that it writes. */
  readonly stack: Stack;
  /** Instance name -> which files of its program changed since it was last started, in words; absent: none did. */
  readonly causes: ReadonlyMap<string, string>;
  /** Called for instances right before they are started, and for those that already run as wanted. */
  readonly remember: (instances: readonly string[]) => Promise<void>;
}

type Observed = Pick<ObservedInstance, 'name' | 'pid' | 'state'>;

/**
 * Looks at the folders of the programs that the stack brings along. A local process works in the folder of its source:
 * what it holds open for writing there is no source, now and ever after, and neither is a database of SQLite, which it
 * reads while it runs. In Docker a program writes inside its container, and every file that Docker gets counts.
 */
export async function readPrograms(
  stack: Stack,
  observed: readonly Observed[],
  paths: Pick<ProjectPaths, 'programs'>,
): Promise<Programs> {
  const builds = stack.services.some(({ build }) => build !== undefined);
  if (!builds) return { stack, causes: new Map(), remember: async () => undefined };
  const before = await readTable(paths.programs);
  const open = stack.runtime.isolatesFiles ? undefined : await filesOpenForWriting(pidsOf(observed));
  const found = new Map<string, Found>();
  for (const { name, build } of stack.services) {
    if (build === undefined) continue;
    found.set(name, await readProgram(build, before[name], open));
  }
  const services = stack.services.map((service) => {
    const content = found.get(service.name)?.record.content;
    return service.build === undefined || content === undefined
      ? service
      : { ...service, build: { ...service.build, content } };
  });
  const causes = stack.services.flatMap(({ name, instances }) => {
    const cause = found.get(name)?.cause;
    return cause === undefined ? [] : instances.map((instance) => [instance.name, cause] as const);
  });
  const remember = async (instances: readonly string[]): Promise<void> => {
    const started = services.filter((service) => service.instances.some(({ name }) => instances.includes(name)));
    const startedNames = new Set(started.map(({ name }) => name));
    for (const [name, { record }] of found) {
      const known = before[name];
      if (startedNames.has(name)) before[name] = record;
      else if (known !== undefined) before[name] = { ...known, writes: record.writes };
    }
    await writeJson(paths.programs, before, 0o600);
  };
  return { stack: { ...stack, services }, causes: new Map(causes), remember };
}

interface Found {
  readonly record: ProgramRecord;
  /** Undefined: nothing changed, or nothing is known of the last start. */
  readonly cause: string | undefined;
}

/** @param open what processes hold open for writing; undefined where a program does not run in its folder. */
async function readProgram(
  { folder }: BuildSource,
  before: ProgramRecord | undefined,
  open: ReadonlySet<string> | undefined,
): Promise<Found> {
  const all = await folderContent(folder);
  const writes = new Set(open === undefined ? [] : [...(before?.writes ?? []), ...(await inside(folder, open))]);
  const isWritten = (path: string): boolean =>
    open !== undefined &&
    (writes.has(path) || isScratch(path) || isDatabasePart(path, all.databases) || isDatabasePart(path, writes));
  const counted = [...all.files.keys()].some(isWritten) ? await folderContent(folder, isWritten) : all;
  // In the process runtime, .dockerignore itself is no part of the program; only the files that it leaves out matter.
  const isLeftOut = (path: string): boolean =>
    isWritten(path) || (open !== undefined && (path === '.dockerignore' || all.isIgnored(path)));
  const changed =
    before &&
    changedFiles(
      without(Object.entries(before.files), isLeftOut),
      without(counted.files, isLeftOut),
      open !== undefined,
    );
  // A program that was started from the same files keeps its hash, even if fewer files count now than did then.
  const content = before !== undefined && changed === undefined ? before.content : counted.hash;
  return {
    record: { content, files: Object.fromEntries(counted.files), writes: [...writes].sort() },
    cause: changed === undefined ? undefined : `its program changed: ${escapeControls(changed)}`,
  };
}

function without(
  files: Iterable<readonly [path: string, hash: string]>,
  leavesOut: (path: string) => boolean,
): FolderContent['files'] {
  return new Map([...files].filter(([path]) => !leavesOut(path)));
}

/** Paths in the folder, as the content of the folder has them. */
async function inside(folder: string, open: ReadonlySet<string>): Promise<readonly string[]> {
  const real = await realpath(folder).catch(() => folder);
  return [...open].filter((path) => path.startsWith(join(real, '/'))).map((path) => relative(real, path));
}

function pidsOf(observed: readonly Observed[]): readonly number[] {
  return observed.flatMap(({ pid }) => pid ?? []);
}

/** A table that cannot be read counts as none: the next start writes it again. */
async function readTable(path: string): Promise<Record<string, ProgramRecord>> {
  try {
    const table: ProgramTable = parsePrograms(await readJsonIfThere(path));
    return { ...table };
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return {};
    throw error;
  }
}
