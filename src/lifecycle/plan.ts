import { isPresent } from '../stack/present.ts';
import type { ObservedInstance } from '../stack/runtime.ts';

/** One thing that `up` will do, and why. `restart`: it is stopped first, also where nothing of its configuration changed. */
export type Step =
  | {
      readonly op: 'start' | 'restart';
      readonly instance: string;
      readonly cause: string;
      /** Something ran under this name until now: an interrupted run must not leave it stopped. */
      readonly replaces: boolean;
    }
  | { readonly op: 'remove'; readonly instance: string; readonly cause: string };

export interface Plan {
  readonly steps: readonly Step[];
  /** Instances that already run as wanted. */
  readonly unchanged: readonly string[];
}

export interface PlanInput {
  /** Names of the instances that shall run, in the order of the stack. */
  readonly wanted: readonly string[];
  /** Names of all instances of the stack; one that is observed and not among them is an orphan. */
  readonly known: readonly string[];
  readonly hashes: ReadonlyMap<string, string>;
  readonly observed: readonly ObservedInstance[];
  /** Instances whose program is built again in any case: what runs was made before. */
  readonly rebuilt?: ReadonlySet<string>;
}

/** What has to happen so that the wanted instances run with the wanted configuration. Pure. */
export function plan({ wanted, known, hashes, observed, rebuilt }: PlanInput): Plan {
  const seen = new Map(observed.map((instance) => [instance.name, instance]));
  const removals = observed
    .filter(({ name, state }) => !known.includes(name) && state !== 'missing')
    .map(({ name }): Step => ({ op: 'remove', instance: name, cause: 'no longer in the stack' }));
  const starts = wanted.flatMap((name): readonly Step[] => {
    const before = seen.get(name);
    const replaces = before !== undefined && isPresent(before);
    const cause = startCause(before, hashes.get(name));
    if (rebuilt?.has(name) !== true)
      return cause === undefined ? [] : [{ op: 'start', instance: name, cause, replaces }];
    // A runtime leaves an instance alone that runs as configured, whatever its program was built from since.
    const op = replaces ? 'restart' : 'start';
    return [{ op, instance: name, cause: cause ?? 'asked to be built again', replaces }];
  });
  const started = new Set(starts.map(({ instance }) => instance));
  return { steps: [...removals, ...starts], unchanged: wanted.filter((name) => !started.has(name)) };
}

/** The plan as text, one line per step: what `--dry-run` prints and what tests compare. */
export function formatPlan({ steps, unchanged }: Plan): string {
  const lines = steps.map(({ op, instance, cause }) => `${op} ${instance}: ${cause}`);
  const kept = unchanged.map((name) => `keep ${name}: runs as configured`);
  return [...lines, ...kept].join('\n');
}

/** Why an instance has to be started (again), or undefined when it runs as wanted. */
function startCause(observed: ObservedInstance | undefined, hash: string | undefined): string | undefined {
  if (observed === undefined || observed.state === 'missing') return 'not there';
  if (observed.configHash !== hash) return 'its configuration changed';
  if (observed.partitioned) return 'cut off from the network of the project';
  switch (observed.state) {
    case 'running':
      return undefined;
    case 'restarting':
      return 'crashes and is restarted';
    case 'paused':
      return 'paused';
    case 'stopped':
      return `stopped${exitText(observed)}`;
  }
}

function exitText({ lastExit }: ObservedInstance): string {
  if (lastExit?.signal !== undefined) return ` (${lastExit.signal})`;
  return lastExit?.code === undefined ? '' : ` (exit code ${lastExit.code})`;
}
