import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { isComplete, markComplete } from '../../lib/complete-folder.ts';
import { isThere, listFolder, makeFolder } from '../../lib/files.ts';
import { identify } from '../../lib/process-identity.ts';
import type { Download } from '../../stack/contract/needs.ts';
import { projectOf } from '../downloads.ts';
import { type Ended, runProgram } from './run-program.ts';

export interface FetchInput {
  readonly download: Download;
  /** See `cacheFolder`. */
  readonly cacheFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Puts a download into the cache folder, whole or not at all: it is made in a folder of its own, which gets its name and
 * its mark at the end. Uses the user's own npm or mvn, with the registries that they are set to.
 * @throws E_BINARY_MISSING with the last lines of npm or mvn; the signal's reason.
 */
export async function fetchDownload({ download, cacheFolder, env, signal }: FetchInput): Promise<void> {
  await removeAbandoned(cacheFolder);
  const partial = join(cacheFolder, `.partial-${process.pid}-${randomBytes(4).toString('hex')}`);
  await makeFolder(partial);
  try {
    const ended = await (download.from === 'npm' ? npm : maven)(download.packages, partial, env, signal);
    if (ended.code !== 0 || !(await isThere(join(partial, download.path)))) throw fetchFailed(download, ended);
    await markComplete(partial, download.packages);
    await moveIntoPlace(partial, join(cacheFolder, download.id), download.packages);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

type Fetch = (
  packages: readonly string[],
  folder: string,
  environment: FetchInput['env'],
  signal: AbortSignal,
) => Promise<Ended>;

const npm: Fetch = (packages, folder, environment, signal) => {
  const flags = ['--prefix', folder, '--no-global', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const hint = 'npm comes with Node.js: put it on PATH.';
  return runProgram('npm', ['install', ...flags, '--', ...packages], { environment, signal, folder, hint });
};

/** The jars of the packages and of everything that they need, in `libs`. */
const maven: Fetch = async (packages, folder, environment, signal) => {
  const project = join(folder, 'pom.xml');
  await writeFile(project, projectOf(packages));
  const flags = ['-q', '-B', '-Dstyle.color=never', '-f', project];
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`];
  const hint = 'Install Maven, e.g. apt-get install maven.';
  const ended = await runProgram('mvn', [...flags, ...copy], { environment, signal, folder, hint });
  await rm(project);
  return ended;
};

/** Somebody else may have fetched the same meanwhile; what is there with other packages or half of them has to go. */
async function moveIntoPlace(partial: string, place: string, packages: readonly string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await rename(partial, place);
    } catch (error) {
      const isTaken = systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST';
      if (!isTaken || attempt === 3) throw error;
    }
    if (await isComplete(place, packages)) return;
    const aside = `${partial}.old`;
    await rename(place, aside).catch(() => undefined);
    await rm(aside, { recursive: true, force: true });
  }
}

/** Folders of runs that were killed half way. */
async function removeAbandoned(cacheFolder: string): Promise<void> {
  for (const { name } of await listFolder(cacheFolder)) {
    const pid = /^\.partial-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || identify(Number(pid)) !== undefined) continue;
    await rm(join(cacheFolder, name), { recursive: true, force: true });
  }
}

function fetchFailed({ from, id, packages }: Download, { output, code }: Ended): StackctlError {
  const log = output
    .trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-20);
  const why = code === 0 ? 'did not bring what was asked for' : 'failed';
  return new StackctlError('E_BINARY_MISSING', `fetching ${id} from ${from} ${why}:\n${log.join('\n')}`, {
    hint: `Fix what ${from === 'npm' ? 'npm' : 'mvn'} says (network, registry) and run the command again.`,
    details: { packages, log },
  });
}
