/**
 * Real servers as local child processes. Commands write what is wanted into `instances/<name>/run/record.json`; a small
 * supervisor, a process of its own, does it and keeps it so (see src/programs/supervisor/).
 */

import type { Diagnosis, StackNeeds } from '../../stack/contract/needs.ts';
import type { Availability, RuntimeInput, TakenNetworks } from '../../stack/contract/runtime.ts';

import type { Finding } from './binaries/find.ts';

export { open } from './open.ts';

/** Available where every server program is found, if it needs one; looks at nothing else. */
export async function availability(needs: StackNeeds, env: RuntimeInput['env']): Promise<Availability> {
  const lack = lackOf(needs);
  if (lack !== undefined) return { available: false, reason: lack, isForStack: true };
  const { findBinaries } = await import('./binaries/find.ts');
  const { factOf } = await import('./binaries/report.ts');
  const findings = await findBinaries(needs.binaries, env);
  const bad = findings.filter(({ type }) => type !== 'found');
  if (findings.length === 0) return { available: true, reason: 'it needs no server program of this machine' };
  return { available: bad.length === 0, reason: (bad.length === 0 ? findings : bad).map(factOf).join(', ') };
}

/** Services that no local process can be started from, in words; undefined: there is none. */
function lackOf({ lacking }: StackNeeds): string | undefined {
  const names = lacking?.binary ?? [];
  return names.length === 0
    ? undefined
    : `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} no command for a local process`;
}

export async function isRunning({ paths }: RuntimeInput): Promise<boolean> {
  const { listFolders, readRunState } = await import('../../programs/supervisor/protocol/instance-files.ts');
  const { isAlive } = await import('../../lib/process-identity.ts');
  for (const folders of await listFolders(paths.instances)) {
    const { server } = await readRunState(folders);
    if (server !== undefined && isAlive(server)) return true;
  }
  return false;
}

/** Local processes make no networks. */
export async function takenNetworks(): Promise<TakenNetworks> {
  return { names: new Map(), subnets: [] };
}

export async function diagnose(needs: StackNeeds, env: RuntimeInput['env']): Promise<readonly Diagnosis[]> {
  const { findBinaries } = await import('./binaries/find.ts');
  const { diagnosisOf } = await import('./binaries/report.ts');
  const findings = await findBinaries(needs.binaries, env);
  const accounts = findings.flatMap(({ type, need }) => (type === 'found' && need.account ? [need.account] : []));
  const lack = lackOf(needs);
  return Promise.all([
    ...(lack === undefined ? [] : [missingCommand(lack)]),
    ...findings.map(async (finding) => diagnosisOf(finding, process.platform, await aboutOf(finding))),
    ...accounts.map((account) => account(process.getuid?.())),
  ]);
}

function missingCommand(fact: string): Diagnosis {
  return { id: 'command', verdict: 'fail', fact, fix: 'give it a `command` in stack.yaml' };
}

async function aboutOf(finding: Finding): Promise<string | undefined> {
  return finding.type === 'found' ? finding.need.about?.(finding.path) : undefined;
}
