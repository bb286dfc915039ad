import { StackctlError } from '../errors.ts';
import type { FailoverCapability } from '../stack/contract/failover.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { FailoverInput, Scenario } from '../stack/contract/scenario.ts';

/** Which scenarios are wanted: by their names, in the order in which they run, or a set. No name: the kind's first one. */
export type Wish = readonly string[] | ScenarioSet;

export type ScenarioSet = 'quick' | 'full' | 'known-bad';

export interface Chosen {
  readonly scenarios: readonly Scenario[];
  readonly refused: readonly Refused[];
}

/** It cannot be tried here, and nothing weaker is tried instead. */
export interface Refused {
  readonly scenario: string;
  readonly reason: string;
}

/** What `--list` says of one. */
export interface ListedScenario {
  readonly name: string;
  readonly summary: string;
  readonly sets: readonly ScenarioSet[];
  /** Null: it can run here. */
  readonly refusal: string | null;
}

export interface ChoiceInput {
  readonly capability: Pick<FailoverCapability, 'scenarios'>;
  readonly target: FailoverInput;
  readonly runtime: Pick<Runtime, 'name' | 'faults' | 'lacks'>;
}

/**
 * Those of a set that cannot run are refused and left out.
 * @throws E_USAGE for a name that there is not; E_FAULT_UNSUPPORTED for one that was asked for by name and cannot run here.
 */
export async function chooseScenarios(input: ChoiceInput, wish: Wish): Promise<Chosen> {
  const { scenarios } = input.capability;
  if (typeof wish !== 'string') {
    const named = wish.length === 0 ? scenarios.slice(0, 1) : wish.map((name) => find(scenarios, name));
    for (const scenario of named) await throwIfRefused(input, scenario);
    return { scenarios: named, refused: [] };
  }
  const wanted = scenarios.filter((scenario) => setsOf(scenario, input.target).includes(wish));
  const refusals = await Promise.all(
    wanted.map(async (scenario) => ({ scenario, reason: await refusalOf(input, scenario) })),
  );
  return {
    scenarios: refusals.flatMap(({ scenario, reason }) => (reason === undefined ? [scenario] : [])),
    refused: refusals.flatMap(({ scenario, reason }) =>
      reason === undefined ? [] : [{ scenario: scenario.name, reason }],
    ),
  };
}

export async function listScenarios(input: ChoiceInput): Promise<readonly ListedScenario[]> {
  return Promise.all(
    input.capability.scenarios.map(async (scenario) => {
      const { name, summary } = scenario;
      const refusal = (await refusalOf(input, scenario)) ?? null;
      return { name, summary, sets: setsOf(scenario, input.target), refusal };
    }),
  );
}

function setsOf(
  { isQuick = false, isKnownBad = false, stranger }: Scenario,
  target: FailoverInput,
): readonly ScenarioSet[] {
  if (stranger?.(target) !== undefined) return [];
  if (isKnownBad) return ['known-bad'];
  return isQuick ? ['quick', 'full'] : ['full'];
}

function find(scenarios: readonly Scenario[], name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  throw new StackctlError('E_USAGE', `unknown scenario "${name}"`, {
    hint: `Scenarios: ${scenarios.map((scenario) => scenario.name).join(', ')}.`,
  });
}

async function throwIfRefused(input: ChoiceInput, scenario: Scenario): Promise<void> {
  const reason = await refusalOf(input, scenario);
  if (reason === undefined) return;
  throw new StackctlError('E_FAULT_UNSUPPORTED', `${scenario.name} cannot be tried here: ${reason}`, {
    hint: 'Nothing weaker is tried instead. What can be tried is shown by: stackctl failover-test --list',
    details: { scenario: scenario.name, reason },
  });
}

async function refusalOf(
  { runtime, target }: ChoiceInput,
  { faults, refusal, stranger }: Scenario,
): Promise<string | undefined> {
  const strange = stranger?.(target);
  if (strange !== undefined) return strange;
  const missing = faults.filter((fault) => !runtime.faults.has(fault));
  const [first] = missing;
  if (first !== undefined) {
    const why = runtime.lacks?.[first];
    return `the ${runtime.name} runtime cannot inject ${missing.join(', ')}${why === undefined ? '' : `: ${why}`}`;
  }
  return refusal?.(target);
}
