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
import type { ProcessSpec } from '../../stack/contract/launch.ts';
import { type Instance, instancesOf, type Stack, serviceOf } from '../../stack/contract/model.ts';
import type { RuntimeInput, StartOptions } from '../../stack/contract/runtime.ts';
import { type RenderedHashes, readRenderedHashes } from '../../stack/derived/rendered-hashes.ts';
import { shownLog } from '../../stack/derived/shown-log.ts';
import { binariesOf } from './binaries/binaries-of.ts';
import { lastLines } from './logs/read-logs.ts';
import { type Request, request } from './supervision/request.ts';
import { serverEnvironment } from './supervision/server-environment.ts';

/** Has the instances started, or started again where their configuration changed. @throws E_START_FAILED, E_SUPERVISOR, … */
export async function startInstances(
  input: RuntimeInput,
  stack: Stack,
  names: readonly string[],
  options: StartOptions,
): Promise<void> {
  const wanted = instancesOf(stack).filter(({ name }) => names.includes(name));
  const services = [...new Set(wanted.map(({ service }) => service))].map((name) => serviceOf(stack, name));
  const binaries = await binariesOf(input, stack, services);
  const requests: Request[] = [];
  const hashes = (await readRenderedHashes(input.paths)) ?? new Map();
  for (const instance of wanted) requests.push(await startRequest(input, stack, instance, binaries, hashes));
  await request(input, requests, options.signal);
  for (const { folders } of requests) await throwIfFailed(folders, stack);
}

async function startRequest(
  input: RuntimeInput,
  stack: Stack,
  instance: Instance,
  binaries: Readonly<Record<string, string>>,
  hashes: RenderedHashes,
): Promise<Request> {
  const folders = foldersOf(input.paths.instances, instance.name);
  await makeFolder(folders.run, 0o700);
  await makeFolder(folders.data, 0o700);
  const spec = processOf(input, stack, instance, binaries, folders);
  const environment = serverEnvironment(input.env, spec.environment);
  const { argv, stopGraceS, folder, stopSignal } = spec;
  const launch: Launch = {
    configHash: hashes.get(instance.name) ?? '',
    argv,
    environment,
    stopGraceS,
    root: input.paths.root,
    ...defined({ folder, stopSignal }),
  };
  const before = await readRecord(folders);
  return { folders, wanted: 'running', launch, stopGraceS: before?.launch.stopGraceS ?? 0 };
}

function processOf(
  input: RuntimeInput,
  stack: Stack,
  instance: Instance,
  binaries: Readonly<Record<string, string>>,
  folders: InstanceFolders,
): ProcessSpec {
  const service = serviceOf(stack, instance.service);
  const config = join(input.paths.rendered, instance.name);
  return service.kind.process({ stack, service, instance }, { binaries, config, data: folders.data });
}

async function throwIfFailed(folders: InstanceFolders, stack: Stack): Promise<void> {
  const { error } = await readRunState(folders);
  if (error === undefined) return;
  // A log that cannot be read may be the very reason, and must not hide it.
  const logLines = shownLog(await lastLines(folders, 20).catch(() => []), stack);
  throw new StackctlError('E_START_FAILED', `${folders.name} could not be started: ${error}`, {
    hint: `Its log: ${folders.logFile}`,
    details: { instance: folders.name, logLines },
  });
}
