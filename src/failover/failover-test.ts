import { StackctlError } from '../errors.ts';
import type { FailoverCapability, Scenario } from '../stack/contract/failover.ts';
import type { Stack } from '../stack/contract/model.ts';
import { directorOf } from './director.ts';
import { type Observations, type RunReport, report } from './report.ts';
import { runIdOf } from './run-id.ts';
import type { RunInput, RunLimits } from './run-input.ts';
import { runScenario } from './run-scenario.ts';
import { type ScenarioSummary, summaries } from './summary.ts';
import { type Thresholds, type Verdict, worst } from './verdict.ts';

export interface FailoverTestInput
  extends Omit<RunInput, 'target' | 'capability' | 'scenario' | 'runId' | 'limits' | 'ratePerS' | 'keptHistories'> {
  readonly stack: Stack;
  /** Names, in the order in which they run; none: the first one that the kind offers. */
  readonly scenarios: readonly string[];
  /** How often each of them runs, default once. All of them in turn, so that what changes with time meets all. */
  readonly repeat?: number;
  /** Default: 400 writes per second, which measures an outage to within some 10 ms on a quiet machine. */
  readonly ratePerS?: number;
  /** Overrides of the default limits. */
  readonly limits?: Partial<RunLimits>;
}

/** `data` of `failover-test --json`. */
export interface FailoverReport {
  readonly verdict: Verdict;
  readonly runs: readonly RunReport[];
  /** Where scenarios were repeated. */
  readonly summaries?: readonly ScenarioSummary[];
}

const DEFAULT_RATE_PER_S = 400;
const KEPT_HISTORIES = 10;
/** Longest wait for every Sentinel to agree and every replica to follow, in milliseconds. */
export const STEADY_MS = 60_000;

/**
 * Runs each scenario in turn, as often as it is to be repeated. Everything that can be refused is refused before the first one
 * starts.
 * @throws E_USAGE, E_FAULT_UNSUPPORTED, and what `runScenario` throws.
 */
export async function failoverTest(input: FailoverTestInput): Promise<FailoverReport> {
  const { service, failover: capability } = directorOf(input.stack);
  const target = { stack: input.stack, service };
  const scenarios =
    input.scenarios.length === 0
      ? capability.scenarios.slice(0, 1)
      : input.scenarios.map((name) => findScenario(capability, name));
  for (const scenario of scenarios) refuseUnsupported(input, scenario);
  const { repeat = 1 } = input;
  const order = Array.from({ length: repeat }, () => scenarios).flat();
  const keptHistories = Math.max(KEPT_HISTORIES, order.length);
  const runs: RunReport[] = [];
  for (const scenario of order) {
    runs.push(
      await runScenario({
        ...input,
        target,
        capability,
        scenario,
        keptHistories,
        runId: runIdOf(input.date(), input.random),
        ratePerS: input.ratePerS ?? DEFAULT_RATE_PER_S,
        limits: limitsFor(capability.detectionMs(target), input),
      }),
    );
  }
  return reportOf(runs);
}

/** The verdict on runs of earlier, without their servers. @param limits instead of those by which they were judged. */
export function judgeAgain(runs: readonly Observations[], limits: Partial<Thresholds>): FailoverReport {
  return reportOf(runs.map((run) => report({ ...run, thresholds: { ...run.thresholds, ...limits } })));
}

function reportOf(runs: readonly RunReport[]): FailoverReport {
  const isRepeated = new Set(runs.map(({ scenario }) => scenario)).size < runs.length;
  return {
    verdict: worst(runs.map(({ verdict }) => verdict)),
    runs,
    ...(isRepeated && { summaries: summaries(runs) }),
  };
}

function findScenario({ scenarios }: FailoverCapability, name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new StackctlError('E_USAGE', `unknown scenario "${name}"`, {
    hint: `Scenarios: ${scenarios.map((scenario) => scenario.name).join(', ')}.`,
  });
}

function refuseUnsupported({ runtime }: FailoverTestInput, { name, fault }: Scenario): void {
  if (fault === undefined || runtime.faults.has(fault)) return;
  throw new StackctlError('E_FAULT_UNSUPPORTED', `the ${runtime.name} runtime cannot inject "${fault}" (${name})`, {
    hint: `It can inject: ${[...runtime.faults].join(', ')}. A fault is never replaced by a weaker one.`,
    details: { scenario: name, fault, runtime: runtime.name },
  });
}

/**
 * A failed election attempt costs two failover timeouts, so the wait for the switch is far longer than a good failover
 * takes. A deposed Sentinel master is demoted after about 11 s, and a full resync may follow: hence a minute.
 */
function limitsFor(detectionMs: number, { thresholds, limits }: FailoverTestInput): RunLimits {
  return {
    warmUpMs: 10_000,
    switchMs: Math.max(detectionMs, thresholds.maxOutageMs) + 60_000,
    steadyMs: STEADY_MS,
    drainMs: 2000,
    readMs: 30_000,
    ...limits,
  };
}
