import { join } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { makeFolder } from '../../lib/files.ts';
import {
  foldersOf,
  type InstanceFolders,
  readRecord,
  readRunState,
} from '../../programs/supervisor/protocol/instance-files.ts';
import type { Launch } from '../../programs/supervisor/protocol/instance-record.ts';
import type { ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import { type InstanceInput, instancesOf, type Stack, serviceOf } from '../../stack/contract/model.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import type { StartOptions } from '../../stack/contract/runtime-options.ts';
import { readRenderedHashes } from '../../stack/derived/rendered-hashes.ts';
import { shownLog } from '../../stack/derived/shown-log.ts';
import { binariesOf } from './binaries/binaries-of.ts';
import { lastLines } from './logs/read-logs.ts';
import { makeWritable } from './read-only.ts';
import { type Request, request } from './supervision/request.ts';
import { serverEnvironment } from './supervision/server-environment.ts';
import type { SupervisedInput } from './supervision/supervisor.ts';

/** Has the instances started, or started again where their configuration changed. @throws E_START_FAILED, E_SUPERVISOR, … */
export async function startInstances(
  input: SupervisedInput,
  stack: Stack,
  names: readonly string[],
  options: StartOptions,
): Promise<void> {
  const wanted = instancesOf(stack).filter(({ name }) => names.includes(name));
  const services = [...new Set(wanted.map(({ service }) => service))].map((name) => serviceOf(stack, name));
  const binaries = await binariesOf(input, stack, services);
  const hashes = (await readRenderedHashes(input.paths)) ?? new Map();
  const requests: Request[] = [];
  for (const instance of wanted) {
    const folders = foldersOf(input.paths.instances, instance.name);
    const spec = processOf({ stack, service: serviceOf(stack, instance.service), instance }, binaries, input);
    requests.push(await startRequest(input, folders, spec, hashes.get(instance.name) ?? ''));
  }
  await request(input, requests, options.signal);
  for (const { folders } of requests) await throwIfFailed(folders, stack);
}

function processOf(
  of: InstanceInput<unknown>,
  binaries: ProcessPaths['binaries'],
  { paths }: RuntimeInput,
): ProcessSpec {
  const { name } = of.instance;
  const { data } = foldersOf(paths.instances, name);
  return of.service.kind.process(of, { binaries, config: join(paths.rendered, name), data });
}

async function startRequest(
  { env, paths }: RuntimeInput,
  folders: InstanceFolders,
  spec: ProcessSpec,
  configHash: string,
): Promise<Request> {
  await makeWritable(folders.data);
  await makeFolder(folders.run, 0o700);
  for (const path of [folders.data, ...(spec.ownFolders ?? [])]) await makeFolder(path, 0o700);
  const { argv, stopGraceS, folder, stopSignal } = spec;
  const launch: Launch = {
    configHash,
    argv,
    environment: serverEnvironment(env, spec.environment),
    stopGraceS,
    root: paths.root,
    ...defined({ folder, stopSignal }),
  };
  const before = await readRecord(folders);
  return { folders, wanted: 'running', launch, stopGraceS: before?.launch.stopGraceS ?? 0 };
}

async function throwIfFailed(folders: InstanceFolders, stack: Stack): Promise<void> {
  const { error } = await readRunState(folders);
  if (error === undefined) return;
  // A log that cannot be read may be why it did not start: that must not hide the error.
  const logLines = shownLog(await lastLines(folders, 20).catch(() => []), stack);
  throw new StackctlError('E_START_FAILED', `${folders.name} could not be started: ${error}`, {
    hint: `Its log: ${folders.logFile}`,
    details: { instance: folders.name, logLines },
  });
}
