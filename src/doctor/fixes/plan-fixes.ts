import { join } from 'node:path';
import type { RegistryEntry } from '../../project/registry.ts';
import type { Download } from '../../stack/contract/needs.ts';
import type { RuntimeName } from '../../stack/contract/runtime-facts.ts';
import { leftoverId } from '../checks/leftover-checks.ts';
import { FETCHERS, missingDownloads } from '../downloads.ts';
import type { Check, Facts } from '../facts.ts';
import { canInstall, debianNames, missingPackages } from '../packages.ts';

/** One thing that `--fix` does. Each is safe: it takes away nothing that could still be used. */
export type Fix = {
  /** Id of the check that it answers. */
  readonly id: string;
  /** What will be done, said before it is done. */
  readonly text: string;
} & FixAction;

type FixAction =
  | { readonly type: 'restorePolicy' }
  | { readonly type: 'fetch'; readonly runtime: RuntimeName }
  | { readonly type: 'installPackages'; readonly packages: readonly string[] }
  | { readonly type: 'download'; readonly download: Download; readonly cacheFolder: string }
  | { readonly type: 'removeLock'; readonly path: string }
  | { readonly type: 'removeRegistryEntry'; readonly projectId: RegistryEntry['id'] };

/** What `--fix` would do about these facts, in order. Pure. */
export function planFixes(facts: Facts, checks: readonly Check[]): readonly Fix[] {
  return [
    ...policyFixes(facts),
    ...fetchFixes(facts),
    ...packageFixes(facts, checks),
    ...fetcherFixes(facts),
    ...downloadFixes(facts),
    ...leftoverFixes(facts),
  ];
}

function policyFixes({ leftovers, system }: Facts): readonly Fix[] {
  return leftovers.flatMap((leftover): readonly Fix[] =>
    leftover.type === 'servicePolicy' && system.isRoot
      ? [{ type: 'restorePolicy', id: leftoverId(leftover), text: `put ${leftover.path} back to what it was` }]
      : [],
  );
}

/** When no runtime is ready, those that lack only what they can fetch by themselves try it. */
function fetchFixes({ runtimes, chosenRuntime }: Facts): readonly Fix[] {
  const candidates = runtimes.filter(({ name }) => (chosenRuntime ?? name) === name);
  if (candidates.some(({ ready }) => ready)) return [];
  return candidates
    .filter(({ diagnoses }) => diagnoses.every(({ verdict }) => verdict !== 'fail'))
    .map(({ name }) => ({
      type: 'fetch',
      runtime: name,
      id: `${name}:fetch`,
      text: `fetch what the ${name} runtime lacks for the stack`,
    }));
}

/** Only what keeps the stack from running: a machine that can run it already is left as it is. */
function packageFixes(facts: Facts, checks: readonly Check[]): readonly Fix[] {
  if (!canInstall(facts.system)) return [];
  const failing = new Set(checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id));
  return facts.runtimes.flatMap(({ name, diagnoses }): readonly Fix[] => {
    const bad = diagnoses.filter(({ id }) => failing.has(`${name}:${id}`));
    const packages = debianNames(missingPackages(bad, facts.packages));
    const [first] = bad;
    if (packages.length === 0 || first === undefined) return [];
    const text = `install ${packages.join(' ')} with apt-get; no server of these packages is started, now or at boot`;
    return [{ type: 'installPackages', id: `${name}:${first.id}`, packages, text }];
  });
}

/** What the stack lacks and a package registry has: only for a stack that was named, and each once. */
function wantedDownloads({ stack, runtimes, chosenRuntime, downloads }: Facts) {
  if (stack === undefined) return [];
  const wanted = runtimes
    .filter(({ name }) => (chosenRuntime ?? name) === name)
    .flatMap(({ name, diagnoses }) =>
      missingDownloads(diagnoses, downloads).map(({ id, download }) => ({ id: `${name}:${id}`, download })),
    );
  return wanted.filter((one, index) => wanted.findIndex(({ download }) => download.id === one.download.id) === index);
}

/** The program that fetches may be missing itself. */
function fetcherFixes(facts: Facts): readonly Fix[] {
  if (!canInstall(facts.system)) return [];
  return wantedDownloads(facts).flatMap(({ download }): readonly Fix[] => {
    const fetcher = FETCHERS.find(({ from }) => from === download.from);
    if (fetcher === undefined || facts.fetchers.has(fetcher.from)) return [];
    const text = `install ${fetcher.debian} with apt-get, which fetches ${download.id}`;
    return [{ type: 'installPackages', id: `fetcher:${fetcher.program}`, packages: [fetcher.debian], text }];
  });
}

/** Also where another runtime could run the stack: nothing is installed, the cache folder can be deleted at any time. */
function downloadFixes(facts: Facts): readonly Fix[] {
  const { cacheFolder } = facts;
  return wantedDownloads(facts).map(({ id, download }): Fix => {
    const { from, packages, sizeMb } = download;
    const text = `fetch ${packages.join(', ')} from ${from} into ${join(cacheFolder, download.id)} (${sizeMb} MB)`;
    return { type: 'download', id, download, cacheFolder, text };
  });
}

function leftoverFixes({ leftovers }: Facts): readonly Fix[] {
  return leftovers.flatMap((leftover): readonly Fix[] => {
    const id = leftoverId(leftover);
    if (leftover.type === 'staleLock') {
      return [
        { type: 'removeLock', id, path: leftover.path, text: `remove the lock ${leftover.path}, whose holder is gone` },
      ];
    }
    if (leftover.type === 'lostProject') {
      const { id: projectId, name, folder } = leftover.project;
      return [
        { type: 'removeRegistryEntry', id, projectId, text: `forget project ${name}, whose folder ${folder} is gone` },
      ];
    }
    return [];
  });
}
