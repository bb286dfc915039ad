import type { Diagnosis } from '../../stack/contract/needs.ts';
import { missingDownloads } from '../downloads.ts';
import type { Check, Facts, RuntimeFact } from '../facts.ts';
import { canInstall, installCommand, missingPackages } from '../packages.ts';

/**
 * What the runtimes say of themselves, and then whether the stack can run. One runtime is enough: what another one lacks
 * is a warning, unless the user chose that other one.
 */
export function runtimeChecks(facts: Facts): readonly Check[] {
  const candidates = facts.runtimes.filter(({ name }) => (facts.chosenRuntime ?? name) === name);
  const usable = candidates.filter(isUsable);
  const isNeeded = (runtime: RuntimeFact) => usable.length === 0 && candidates.includes(runtime);
  return [
    ...facts.runtimes.flatMap((runtime) =>
      runtime.diagnoses.map((diagnosis) => check(runtime, diagnosis, isNeeded(runtime), facts)),
    ),
    conclusion(facts, candidates, usable),
  ];
}

function isUsable({ diagnoses }: RuntimeFact): boolean {
  return diagnoses.every(({ verdict }) => verdict !== 'fail');
}

function check(runtime: RuntimeFact, diagnosis: Diagnosis, isNeeded: boolean, facts: Facts): Check {
  const verdict = diagnosis.verdict === 'fail' && !isNeeded ? 'warn' : diagnosis.verdict;
  return {
    id: `${runtime.name}:${diagnosis.id}`,
    area: 'runtimes',
    verdict,
    fact: `${runtime.name}: ${diagnosis.fact}`,
    fix: verdict === 'ok' ? null : (packageFix(diagnosis, verdict === 'fail', facts) ?? diagnosis.fix ?? null),
  };
}

/** For a missing server program: doctor itself where it can and would, else the command of this system. */
function packageFix(diagnosis: Diagnosis, isNeeded: boolean, facts: Facts): string | undefined {
  // The stack has to be named: the servers of all stacks would be too much.
  if (missingDownloads([diagnosis], facts.downloads).length > 0)
    return `stackctl doctor ${facts.reference ?? '<stack>'} --fix`;
  const packages = missingPackages([diagnosis], facts.packages);
  if (packages.length === 0) return undefined;
  if (isNeeded && canInstall(facts.system))
    return `stackctl doctor ${facts.reference === undefined ? '' : `${facts.reference} `}--fix`;
  return installCommand(packages, facts.system);
}

function conclusion({ stack }: Facts, candidates: readonly RuntimeFact[], usable: readonly RuntimeFact[]): Check {
  const what = stack ?? 'every kind of service';
  const ways = usable.map(({ name, ready }) => (ready ? name : `${name} (after fetching what is missing)`));
  const all = candidates.map(({ name }) => name);
  return {
    id: 'runtime',
    area: 'runtimes',
    verdict: usable.length > 0 ? 'ok' : 'fail',
    fact:
      usable.length > 0
        ? `${what} can run here with: ${ways.join(', ')}`
        : `${what} cannot run here with: ${all.join(', ')}`,
    fix: null,
  };
}
