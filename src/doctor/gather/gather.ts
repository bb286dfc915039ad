import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { cacheFolder } from '../../lib/cache-folder.ts';
import { defined } from '../../lib/defined.ts';
import { isThere, readTextIfThere } from '../../lib/files.ts';
import type { PortHolder } from '../../lib/port-owner.ts';
import type { PluginSource } from '../../stack/contract/plugins.ts';
import type { StackNeeds } from '../../stack/contract/runtime.ts';
import type { RuntimeName } from '../../stack/contract/runtime-facts.ts';
import { FETCHERS } from '../downloads.ts';
import type { ConfigurationFault, DiskFact, Facts, FolderFact, RuntimeFact, SystemFact } from '../facts.ts';
import { distributionsIn } from '../packages.ts';
import { gatherLeftovers } from './gather-leftovers.ts';
import { type DoctorProject, gatherPorts } from './gather-ports.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined;
  readonly nodeVersion: string;
  /** semver range of stackctl's package.json. */
  readonly wantedNode: string;
  readonly temporaryFolder: string;
  /** See `registryFolder`. */
  readonly registry: string;
  readonly plugins: Pick<PluginSource, 'runtimeNames' | 'loadRuntime'>;
  /** Who listens on a port of this machine, see `portHolder`. */
  readonly lookUp: (port: number) => Promise<PortHolder | undefined>;
  /** Folder of policy-rc.d: `/usr/sbin`. */
  readonly policyFolder: string;
}

export interface Question {
  /** The project that would be brought up, or is; undefined: the machine as a whole. */
  readonly project: DoctorProject | undefined;
  /** The project's folder, or the one that the command was given in. */
  readonly folder: string;
  readonly needs: StackNeeds;
  /** Why `project` could not be opened, where that is the fault of something that a person wrote. */
  readonly misconfigured?: ConfigurationFault;
  /** Chosen by flag, variable or file; `auto`: whichever works. */
  readonly runtime: 'auto' | RuntimeName;
}

/**
 * Looks at the machine and changes nothing.
 * @param unable runtimes that could not fetch what they lack, and why: they cannot run the stack.
 */
export async function gather(
  question: Question,
  around: Surroundings,
  unable: ReadonlyMap<RuntimeName, string>,
): Promise<Facts> {
  const { project, folder, needs, runtime } = question;
  const [disks, folders, runtimes, system, ports, leftovers] = await Promise.all([
    Promise.all([diskFact('project', folder), diskFact('temporary', around.temporaryFolder)]),
    Promise.all([folderFact('project', folder), folderFact('state', around.registry)]),
    runtimeFacts(needs, around, unable),
    systemFact(around),
    project === undefined ? [] : gatherPorts(project, around),
    gatherLeftovers(folder, around),
  ]);
  return {
    misconfigured: question.misconfigured,
    stack: project?.stack,
    reference: project?.reference,
    node: { version: around.nodeVersion, wanted: around.wantedNode },
    disks,
    memory: { totalBytes: totalmem(), availableBytes: availableMemory() },
    folders,
    runtimes,
    chosenRuntime: runtime === 'auto' ? undefined : runtime,
    system,
    packages: new Map(
      needs.binaries.flatMap(({ name, packages, download }) => (download === undefined ? [[name, packages]] : [])),
    ),
    downloads: new Map(
      needs.binaries.flatMap(({ name, download }) => (download === undefined ? [] : [[name, download]])),
    ),
    cacheFolder: cacheFolder(around.env, around.platform),
    fetchers: await fetchersOn(around.env.PATH ?? ''),
    ports,
    leftovers,
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
  needs: StackNeeds,
  { plugins, env }: Surroundings,
  unable: ReadonlyMap<RuntimeName, string>,
): Promise<readonly RuntimeFact[]> {
  return Promise.all(
    plugins.runtimeNames().map(async (name): Promise<RuntimeFact> => {
      try {
        const runtime = await plugins.loadRuntime(name);
        const diagnoses = await runtime.diagnose(needs, env);
        const why = unable.get(name);
        if (why !== undefined)
          return { name, ready: false, diagnoses: [...diagnoses, { id: 'fetch', verdict: 'fail', fact: why }] };
        return { name, diagnoses, ready: (await runtime.availability(needs, env, { pull: false })).available };
      } catch (error) {
        // One that cannot even look at itself must not hide what the others say.
        if (!(error instanceof StackctlError)) throw error;
        return { name, ready: false, diagnoses: [diagnosisOf(error)] };
      }
    }),
  );
}

function diagnosisOf({ message, hint }: StackctlError): RuntimeFact['diagnoses'][number] {
  return { id: 'runtime', verdict: 'fail', fact: message, ...defined({ fix: hint }) };
}

async function systemFact({ platform, uid }: Surroundings): Promise<SystemFact> {
  const osRelease = platform === 'linux' ? await readTextIfThere('/etc/os-release') : undefined;
  return { platform, isRoot: uid === 0, distributions: distributionsIn(osRelease ?? '') };
}
