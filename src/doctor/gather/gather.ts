import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { cacheFolder } from '../../lib/cache-folder.ts';
import { defined } from '../../lib/defined.ts';
import { isThere, readTextIfThere } from '../../lib/files.ts';
import type { StackNeeds } from '../../stack/contract/needs.ts';
import type { RuntimeName } from '../../stack/contract/runtime-facts.ts';
import { FETCHERS } from '../downloads.ts';
import type { DiskFact, Facts, FolderFact, RuntimeFact, SystemFact } from '../facts.ts';
import { distributionsIn } from '../packages.ts';
import type { DoctorScope, Machine } from '../scope.ts';
import { gatherLeftovers } from './gather-leftovers.ts';
import { gatherPorts } from './gather-ports.ts';

/**
 * Reads the state of the machine and changes nothing.
 * @param failedFetches runtimes that could not fetch what they lack, and why: they cannot run the stack.
 */
export async function gather(
  scope: DoctorScope,
  machine: Machine,
  failedFetches: ReadonlyMap<RuntimeName, string>,
): Promise<Facts> {
  const { project, folder, needs, runtime } = scope;
  const [disks, folders, runtimes, system, ports, leftovers] = await Promise.all([
    Promise.all([diskFact('project', folder), diskFact('temporary', machine.temporaryFolder)]),
    Promise.all([folderFact('project', folder), folderFact('state', machine.registry)]),
    runtimeFacts(scope, machine, failedFetches),
    systemFact(machine),
    project === undefined ? [] : gatherPorts(project, machine),
    gatherLeftovers(folder, machine),
  ]);
  return {
    misconfigured: scope.misconfigured,
    stack: project?.stack,
    reference: project?.reference,
    node: { version: machine.nodeVersion, wanted: machine.wantedNode },
    disks,
    memory: { totalBytes: totalmem(), availableBytes: availableMemory() },
    folders,
    runtimes,
    chosenRuntime: runtime === 'auto' ? undefined : runtime,
    system,
    packages: new Map(
      needs.binaries.flatMap(({ name, packages, download, anyVersion }) =>
        download === undefined && anyVersion !== true ? [[name, packages]] : [],
      ),
    ),
    downloads: new Map(
      needs.binaries.flatMap(({ name, download }) => (download === undefined ? [] : [[name, download]])),
    ),
    cacheFolder: cacheFolder(machine.env, machine.platform),
    fetchers: await fetchersOn(machine.env.PATH ?? ''),
    ports,
    leftovers,
    advice: scope.advice ?? [],
    running: scope.running,
  };
}

async function diskFact(purpose: DiskFact['purpose'], folder: string): Promise<DiskFact> {
  const path = await nearestThere(folder);
  const { bavail, bsize } = await statfs(path);
  return { purpose, path, freeBytes: bavail * bsize };
}

/** Of a folder that is not there yet, the one that it will be made in has to be writable. */
async function folderFact(purpose: FolderFact['purpose'], folder: string): Promise<FolderFact> {
  const path = await nearestThere(purpose === 'project' ? join(folder, '.stackctl') : folder);
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return { purpose, path, problem: undefined };
  } catch (error) {
    return { purpose, path, problem: systemCode(error) ?? String(error) };
  }
}

async function fetchersOn(path: string): Promise<Facts['fetchers']> {
  const there = await Promise.all(
    FETCHERS.map(async ({ from, program }) => {
      const places = path.split(delimiter).map((folder) => join(folder, program));
      const found = await Promise.allSettled(places.map((place) => access(place, constants.X_OK)));
      return found.some(({ status }) => status === 'fulfilled') ? [from] : [];
    }),
  );
  return new Set(there.flat());
}

async function nearestThere(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    if ((await isThere(path)) || path === dirname(path)) return path;
  }
}

/** What this process may still use: the limit of its container counts too, where Node.js knows it. */
function availableMemory(): number {
  return process.availableMemory?.() ?? freemem();
}

async function runtimeFacts(
  scope: DoctorScope,
  { plugins, env }: Machine,
  failedFetches: ReadonlyMap<RuntimeName, string>,
): Promise<readonly RuntimeFact[]> {
  return Promise.all(
    plugins.runtimeNames().map(async (name): Promise<RuntimeFact> => {
      const needs = needsFrom(scope, name);
      try {
        const runtime = await plugins.loadRuntime(name);
        const diagnoses = await runtime.diagnose(needs, env);
        const why = failedFetches.get(name);
        if (why !== undefined)
          return { name, ready: false, diagnoses: [...diagnoses, { id: 'fetch', verdict: 'fail', fact: why }] };
        return { name, diagnoses, ready: (await runtime.availability(needs, env, { pull: false })).available };
      } catch (error) {
        // A runtime whose check fails must not hide what the others say.
        if (!(error instanceof StackctlError)) throw error;
        return { name, ready: false, diagnoses: [diagnosisOf(error)] };
      }
    }),
  );
}

/** Commands were read for the runtime that was chosen: what they say of another one is nothing. */
function needsFrom({ needs, runtime }: DoctorScope, name: RuntimeName): StackNeeds {
  if (runtime === 'auto' || runtime === name) return needs;
  return { images: needs.images, binaries: needs.binaries };
}

function diagnosisOf({ message, hint }: StackctlError): RuntimeFact['diagnoses'][number] {
  return { id: 'runtime', verdict: 'fail', fact: message, ...defined({ fix: hint }) };
}

async function systemFact({ platform, uid }: Machine): Promise<SystemFact> {
  const osRelease = platform === 'linux' ? await readTextIfThere('/etc/os-release') : undefined;
  return { platform, isRoot: uid === 0, distributions: distributionsIn(osRelease ?? '') };
}
