import { satisfies } from 'semver';
import { shellWord } from '../../lib/quote.ts';
import type { Check, DiskFact, Facts, FolderFact, Verdict } from '../facts.ts';
import { leftoverChecks } from './leftover-checks.ts';
import { portChecks } from './port-checks.ts';
import { runtimeChecks } from './runtime-checks.ts';
import { serviceChecks } from './service-checks.ts';

/** The facts as lines with a verdict, in the order in which one thing needs the other. Pure. */
export function checksOf(facts: Facts): readonly Check[] {
  return [
    nodeCheck(facts.node),
    ...configurationCheck(facts),
    ...facts.disks.map(diskCheck),
    memoryCheck(facts.memory),
    ...facts.folders.map(folderCheck),
    ...runtimeChecks(facts),
    ...portChecks(facts),
    ...serviceChecks(facts),
    ...leftoverChecks(facts),
  ];
}

/** The worst one counts. */
export function verdictOf(checks: readonly Check[]): Verdict {
  if (checks.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return checks.some(({ verdict }) => verdict === 'warn') ? 'warn' : 'ok';
}

const MIB = 1024 ** 2;
/** An append-only file that is rewritten needs its size twice; below this a first `up` can run out. */
const DISK_MIB = { fail: 100, warn: 1024 };
/** A small stack of six servers takes about 60 MiB. */
const MEMORY_MIB = { fail: 64, warn: 512 };

function nodeCheck({ version, wanted }: Facts['node']): Check {
  const isRight = satisfies(version, wanted);
  return {
    id: 'node',
    area: 'node',
    verdict: isRight ? 'ok' : 'fail',
    fact: `Node.js ${version}, wanted ${wanted}`,
    fix: isRight ? null : 'install a current Node.js: https://nodejs.org',
  };
}

/** One line in all: what is right about a configuration is no news. */
function configurationCheck({ misconfigured }: Facts): readonly Check[] {
  if (misconfigured === undefined) return [];
  const { fact, fix } = misconfigured;
  return [{ id: 'configuration', area: 'configuration', verdict: 'fail', fact, fix: fix ?? null }];
}

function diskCheck({ purpose, path, freeBytes }: DiskFact): Check {
  const verdict = compare(freeBytes, DISK_MIB);
  return {
    id: `disk:${purpose}`,
    area: 'disk',
    verdict,
    fact: `${formatBytes(freeBytes)} free for ${purpose === 'project' ? 'the project' : 'temporary files'} (${path})`,
    fix: verdict === 'ok' ? null : `df -h ${shellWord(path)}`,
  };
}

function memoryCheck({ totalBytes, availableBytes }: Facts['memory']): Check {
  return {
    id: 'memory',
    area: 'memory',
    verdict: compare(availableBytes, MEMORY_MIB),
    fact: `${formatBytes(availableBytes)} of ${formatBytes(totalBytes)} memory available`,
    fix:
      compare(availableBytes, MEMORY_MIB) === 'ok'
        ? null
        : 'stackctl ls (and stackctl down in projects that are not needed)',
  };
}

function folderCheck({ purpose, path, problem }: FolderFact): Check {
  const what = purpose === 'project' ? 'the folder of the project' : "stackctl's list of projects";
  return {
    id: `folder:${purpose}`,
    area: 'folders',
    verdict: problem === undefined ? 'ok' : 'fail',
    fact:
      problem === undefined ? `${path} can be written (${what})` : `${path} cannot be written: ${problem} (${what})`,
    fix: problem === undefined ? null : `ls -ld ${shellWord(path)}`,
  };
}

function compare(bytes: number, limits: { readonly fail: number; readonly warn: number }): Verdict {
  if (bytes < limits.fail * MIB) return 'fail';
  return bytes < limits.warn * MIB ? 'warn' : 'ok';
}

/** `512 MiB`, `77.9 GiB`: rounded down, so that a figure never promises more than is there. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024 * MIB) return `${Math.floor(bytes / MIB)} MiB`;
  return `${(Math.floor((bytes / 1024 / MIB) * 10) / 10).toFixed(1)} GiB`;
}
