import { StackctlError } from '../errors.ts';
import { keyOf, randomAt } from '../lib/random.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { Scenario } from '../stack/contract/scenario.ts';
import { chooseScenarios, type ListedScenario, listScenarios, type Refused, type Wish } from './choose.ts';
import { clientsFor, clientsNamed, type NamingInput } from './clients/wish.ts';
import { directorOf } from './director.ts';
import { report } from './report.ts';
import { longestOutageMs } from './run-expectations.ts';
import { runIdOf } from './run-id.ts';
import type { RunInput, RunLimits } from './run-input.ts';
import type { Observations, RunReport } from './run-report.ts';
import { runScenario } from './run-scenario.ts';
import { type ScenarioSummary, summaries } from './summary.ts';
import type { Thresholds } from './thresholds.ts';
import { type Verdict, worst } from './verdict.ts';

export interface FailoverTestInput
  extends Omit<
    RunInput,
    'target' | 'capability' | 'scenario' | 'runId' | 'limits' | 'ratePerS' | 'keptHistories' | 'clients'
  > {
  readonly stack: Stack;
  readonly scenarios: Wish;
  /** How often each of them runs, default once. All of them in turn, so that what changes with time meets all. */
  readonly repeat?: number;
  /** Instead: one of them after the other, drawn at random, until so many milliseconds have passed. */
  readonly soakMs?: number | undefined;
  /** Of everything that a run leaves to chance but its name: the same seed, the same moments and choices. */
  readonly seed: number;
  /** Default: 400 writes per second, which measures an outage to within some 10 ms on a quiet machine. */
  readonly ratePerS?: number;
  /** Applications' clients that are judged too, as `--client` names them; default none. */
  readonly clients?: readonly string[];
  /** What is written beside the list, as `--workload` names it; default nothing. */
  readonly workloads?: readonly string[];
  /** Where the command of a client runs; default the current one. */
  readonly folder?: string;
  /** Overrides of the default limits. */
  readonly limits?: Partial<RunLimits>;
}

/** `data` of `failover-test --json`. */
export interface FailoverReport {
  readonly verdict: Verdict;
  readonly runs: readonly RunReport[];
  /** Where scenarios were repeated. */
  readonly summaries?: readonly ScenarioSummary[];
  /** In words, what is worse than in the baseline; absent without one. */
  readonly baseline?: { readonly worse: readonly string[]; readonly notCompared: readonly string[] };
  /** What could not be tried here; absent when everything could. */
  readonly refused?: readonly Refused[];
  /** What was begun and could not be carried through, e.g. because the group did not become steady before it; absent for none. */
  readonly unfinished?: readonly Refused[];
  /** `verdict` is that on the test: each of its runs had to fail. */
  readonly isSelfTest?: true;
  /** Absent for runs of earlier. */
  readonly seed?: number;
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
  const runtime = await abilitiesOf(input.runtime);
  const { scenarios, refused } = await chooseScenarios({ capability, target, runtime }, input.scenarios);
  const clients = writersOf(input, { capability, target, folder: input.folder ?? '.' });
  const { seed } = input;
  const isAlone = scenarios.length === 1 && (input.repeat ?? 1) === 1 && input.soakMs === undefined;
  const runs: RunReport[] = [];
  const unfinished: Refused[] = [];
  let index = 0;
  let inARow = 0;
  for (const scenario of orderOf(scenarios, input)) {
    if (inARow === HOPELESS) {
      if (input.soakMs !== undefined) break;
      unfinished.push({ scenario: scenario.name, reason: 'not begun: those before it could not be carried through' });
      continue;
    }
    const run: RunInput = {
      ...input,
      ...{ target, capability, scenario, clients },
      keptHistories: Math.max(KEPT_HISTORIES, index + 1),
      random: randomAt(keyOf('failover-test', String(seed)), index),
      runId: runIdOf(input.date(), input.random),
      ratePerS: input.ratePerS ?? DEFAULT_RATE_PER_S,
      limits: limitsFor(capability.detectionMs(target), scenario.expects.outageMs?.(target), input),
    };
    index += 1;
    try {
      runs.push(await runScenario(run));
      inARow = 0;
    } catch (error) {
      // What the runs before have found is not lost with one that could not be carried through.
      if (isAlone || input.signal.aborted || !(error instanceof StackctlError)) throw error;
      // A client that does not begin in the first run does not in the others either.
      if (runs.length === 0 && error.code === 'E_CLIENT_FAILED') throw error;
      unfinished.push({ scenario: scenario.name, reason: error.message });
      inARow += 1;
    }
  }
  const left = { ...(refused.length > 0 && { refused }), ...(unfinished.length > 0 && { unfinished }) };
  const report = reportOf(runs);
  const verdict = unfinished.length > 0 ? worst([report.verdict, 'inconclusive']) : report.verdict;
  return { ...report, verdict, seed, ...left };
}

/** Each once, however it was asked for. */
function writersOf({ clients = [], workloads = [] }: FailoverTestInput, naming: NamingInput) {
  const further = clientsFor(workloads, naming).filter((name) => !clients.includes(name));
  return clientsNamed([...further, ...clients], naming);
}

/** So many runs one after the other that could not be carried through: the next one cannot either. */
const HOPELESS = 2;

/** A runtime may have to look at what runs before it knows what it can do to it. */
async function abilitiesOf(runtime: Abilities): Promise<Abilities> {
  return { name: runtime.name, ...((await runtime.confirmFaults?.()) ?? runtime) };
}

type Abilities = Pick<Runtime, 'name' | 'faults' | 'lacks' | 'confirmFaults'>;

/** The order depends on the seed alone; only where a soak ends depends on the time. */
function* orderOf(scenarios: readonly Scenario[], input: FailoverTestInput): Generator<Scenario> {
  const { repeat = 1, soakMs, seed, clock } = input;
  if (soakMs === undefined) {
    for (let round = 0; round < repeat; round++) yield* scenarios;
    return;
  }
  const draw = randomAt(keyOf('failover-test soak', String(seed)), 0);
  const endsAt = clock.now() + soakMs;
  while (clock.now() < endsAt) {
    const drawn = scenarios[Math.floor(draw() * scenarios.length)];
    if (drawn === undefined) return;
    yield drawn;
  }
}

/** What could be tried on this stack. @throws E_USAGE when nothing in it fails over. */
export async function scenariosOf(stack: Stack, runtime: Abilities): Promise<readonly ListedScenario[]> {
  const { service, failover: capability } = directorOf(stack);
  return listScenarios({ capability, target: { stack, service }, runtime: await abilitiesOf(runtime) });
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

/**
 * A failed election attempt costs two failover timeouts, so the wait for the switch is far longer than a good failover
 * takes. A deposed Sentinel master is demoted after about 11 s, and a full resync may follow: hence a minute.
 */
function limitsFor(
  detectionMs: number,
  outageMs: number | undefined,
  { thresholds, limits }: FailoverTestInput,
): RunLimits {
  return {
    warmUpMs: 10_000,
    switchMs: Math.max(detectionMs, longestOutageMs(thresholds, { outageMs })) + 60_000,
    steadyMs: STEADY_MS,
    drainMs: 2000,
    readMs: 30_000,
    ...limits,
  };
}
