import { rm } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { readHeadIfThere, readTextIfThere } from '../../lib/files.ts';
import { isAllIdle } from '../../programs/supervisor/protocol/idle.ts';
import { foldersOf, listFolders, recordOrUnreadable } from '../../programs/supervisor/protocol/instance-files.ts';
import type { Runtime, RuntimeInput } from '../../stack/contract/runtime.ts';
import { binariesOf } from './binaries/binaries-of.ts';
import { runProgramOf } from './binaries/run-program-of.ts';
import { versionText } from './binaries/version-text.ts';
import { listData } from './data.ts';
import { execOnHost } from './exec.ts';
import { existing } from './existing.ts';
import { FAULTS, heal, inject, LACKS } from './faults.ts';
import { frozenOf, lastLinesOf, loggedBy } from './inside.ts';
import { readLogs } from './logs/read-logs.ts';
import { observeInstance } from './observe.ts';
import { startInstances } from './start.ts';
import { endInstances, removeEverything } from './stop.ts';
import { strangerAt } from './stranger.ts';
import { earlySupervisor, supervisorKeeper } from './supervision/supervisor.ts';

/** Makes no connection and starts nothing: a project that is down stays so. */
export async function open(input: RuntimeInput): Promise<Runtime> {
  const { instances } = input.paths;
  const keepSupervised = supervisorRestorer(input);
  const early = earlySupervisor(input);
  return {
    name: 'process',
    faults: FAULTS,
    lacks: LACKS,
    observe: async () => {
      await keepSupervised();
      const all = await listFolders(instances);
      return (await Promise.all(all.map(observeInstance))).filter((found) => found !== undefined);
    },
    prepare: async (stack) => {
      await binariesOf(input, stack, stack.services);
    },
    expectStart: () => early.start(),
    start: (stack, names, options) => startInstances({ ...input, early }, stack, names, options),
    stop: (names, options) => endInstances(input, names, 'stopped', options),
    remove: (names, options) => endInstances(input, names, 'removed', options),
    removeData: async (names) => {
      for (const name of names) await removeData(input, name);
    },
    down: async (options) => {
      await removeEverything(input, options);
      return [];
    },
    data: () => listData(instances),
    inject: (name, fault) => inject(input, name, fault),
    heal: (name, fault) => heal(input, name, fault),
    logs: (names, options) =>
      readLogs(
        names.map((name) => foldersOf(instances, name)),
        options,
      ),
    exec: async (name, argv, options) => {
      const { folders, record } = await existing(input, name);
      // As in a container: what runs at an instance has its variables, and finds the programs of its server.
      const env = { ...input.env, ...record.launch.environment };
      const folder = options.besideProgram === true ? (record.launch.folder ?? folders.data) : folders.data;
      return execOnHost(folder, argv, { ...env, PATH: pathWith(env.PATH, record.launch.argv) }, options);
    },
    logged: (name, pattern, signal) => loggedBy(input, name, pattern, signal),
    lastLines: (name, count, since, signal) => lastLinesOf(input, name, { count, since, signal }),
    frozen: (name) => frozenOf(input, name),
    strangerAt: (name, ports) => strangerAt(input, name, ports),
    readState: (name, file, bytes) => {
      const path = inside(foldersOf(instances, name).data, file);
      return bytes === undefined ? readTextIfThere(path) : readHeadIfThere(path, bytes);
    },
    versionText: (service) => versionText(input, service),
    runProgramOf: (service, instances) => runProgramOf(input, service, instances),
    close: () => early.end(),
  };
}

/** Behind what PATH has already: the folders of the programs that the instance was started with. */
function pathWith(path: string | undefined, argv: readonly string[]): string {
  return [...(path === undefined ? [] : [path]), ...argv.filter(isAbsolute).map((program) => dirname(program))].join(
    delimiter,
  );
}

/** Returns a function that starts a supervisor when the project needs one and has none, e.g. after a `kill -9` of it. */
function supervisorRestorer(input: RuntimeInput): () => Promise<void> {
  const isNeeded = async (): Promise<boolean> => !(await isAllIdle(input.paths.instances));
  const keepSupervised = supervisorKeeper(input, isNeeded);
  return async () => {
    if (await isNeeded()) await keepSupervised();
  };
}

async function removeData(input: RuntimeInput, name: string): Promise<void> {
  const folders = foldersOf(input.paths.instances, name);
  if ((await recordOrUnreadable(folders)) !== undefined) throw new Error(`${name} must be removed before its data`);
  await rm(folders.root, { recursive: true, force: true });
}

function inside(folder: string, file: string): string {
  const path = join(folder, file);
  if (relative(folder, path).startsWith('..')) throw new Error(`${file} is outside of the data folder`);
  return path;
}
