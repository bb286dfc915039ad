/**
 * A runtime that only tests know: processes without a supervisor, each with its pid in a file. It shows that a runtime
 * is a folder and its name.
 */
import { StackctlError } from '../../../../src/errors.ts';
import { isAlive } from '../../../../src/lib/process-identity.ts';
import type { Runtime, RuntimeInput, RuntimeModule } from '../../../../src/stack/contract/runtime.ts';
import { lines, readNote, readNotes, removeData, removeNote } from './files.ts';
import { end, start } from './processes.ts';

export const open: RuntimeModule['open'] = async (input) => {
  const { paths } = input;
  const stop: Runtime['stop'] = async (names) => {
    for (const name of names) await end(await readNote(paths, name));
  };
  const remove: Runtime['remove'] = async (names) => {
    await stop(names);
    for (const name of names) await removeNote(paths, name);
  };
  const all = async () => (await readNotes(paths)).map(({ name }) => name);
  return {
    name: 'bare',
    faults: new Set(),
    observe: async () =>
      (await readNotes(paths)).map(({ name, process, hash, startedAt }) => ({
        name,
        state: isAlive(process) ? 'running' : 'stopped',
        pid: isAlive(process) ? process.pid : undefined,
        containerId: undefined,
        startedAt,
        configHash: hash,
        restarts: 0,
        lastExit: undefined,
        partitioned: false,
      })),
    prepare: async () => undefined,
    start: async (stack, names) => {
      for (const service of stack.services) {
        for (const instance of service.instances) {
          if (names.includes(instance.name)) await start(input, { stack, service, instance });
        }
      }
    },
    stop,
    remove,
    removeData: async (names) => {
      for (const name of names) await removeData(paths, name);
    },
    down: async ({ volumes }) => {
      const names = await all();
      await remove(names);
      if (volumes) for (const name of names) await removeData(paths, name);
      return [];
    },
    data: async () => (await all()).map((instance) => ({ name: instance, instance, usedBytes: undefined })),
    inject: refuse,
    heal: refuse,
    async *logs(names) {
      for (const name of names) yield* await lines(paths, name);
    },
    exec: refuse,
    logged: async (name, pattern) => ((await lines(paths, name)).some(({ text }) => pattern.test(text)) ? 'yes' : 'no'),
    lastLines: async (name, count) => (await lines(paths, name)).map(({ text }) => text).slice(-count),
    frozen: async () => undefined,
    readState: async () => undefined,
    versionText: async () => undefined,
    runProgramOf: async () => true,
    close: async () => undefined,
  };
};

export const isRunning = async ({ paths }: RuntimeInput): Promise<boolean> =>
  (await readNotes(paths)).some(({ process }) => isAlive(process));

export const availability: RuntimeModule['availability'] = async () => ({
  available: true,
  reason: 'it needs nothing',
});

export const takenNetworks: RuntimeModule['takenNetworks'] = async () => ({ names: new Map(), subnets: [] });

export const diagnose: RuntimeModule['diagnose'] = async () => [];

async function refuse(): Promise<never> {
  throw new StackctlError('E_FAULT_UNSUPPORTED', 'the bare runtime only starts and ends processes');
}
