import type { ObservedInstance } from '../stack/contract/runtime.ts';
import { isPresent } from '../stack/derived/present.ts';

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
  /** Names of the wanted instances, in the order of the stack. */
  readonly wanted: readonly string[];
  /** Names of all instances of the stack; one that is observed and not among them is an orphan. */
  readonly known: readonly string[];
  readonly hashes: ReadonlyMap<string, string>;
  readonly observed: readonly ObservedInstance[];
  /** What the rendered folder holds now, before this run writes to it; undefined where nothing says it. */
  readonly written?: ReadonlyMap<string, string> | undefined;
  /** Instance -> which files of its program changed since it was started, in words. */
  readonly programs?: ReadonlyMap<string, string>;
  /** Instances whose program is built again in any case, so that they have to be restarted. */
  readonly rebuilt?: ReadonlySet<string>;
  /** Instance -> why the running server differs from what a start with the same configuration would make. */
  readonly stale?: ReadonlyMap<string, string>;
  /** Processes and containers still have the paths of the folder that the project was moved from. */
  readonly moved?: boolean;
}

/** Whether a step needs programs or images; what only ends does not. */
export function isStarting({ steps }: Plan): boolean {
  return steps.some(({ op }) => op !== 'remove');
}

/** What has to happen so that the wanted instances run with the wanted configuration. Pure. */
export function plan(input: PlanInput): Plan {
  const { wanted, known, hashes, observed, written, programs, rebuilt, stale, moved = false } = input;
  const seen = new Map(observed.map((instance) => [instance.name, instance]));
  const removals = observed
    .filter(({ name, state }) => !known.includes(name) && state !== 'missing')
    .map(({ name }): Step => ({ op: 'remove', instance: name, cause: 'no longer in the stack' }));
  const starts = wanted.flatMap((name): readonly Step[] => {
    const before = seen.get(name);
    const replaces = before !== undefined && isPresent(before);
    const cause =
      moved && replaces ? 'its folder was moved' : startCause(before, hashes.get(name), programs?.get(name));
    // A runtime leaves an instance alone when its configuration is the same, also when its program or files have changed.
    const further =
      rebuilt?.has(name) === true
        ? 'asked to be built again'
        : (replacedCause(before, { hashes, written }) ?? stale?.get(name));
    if (further === undefined) return cause === undefined ? [] : [{ op: 'start', instance: name, cause, replaces }];
    const op = replaces ? 'restart' : 'start';
    return [{ op, instance: name, cause: cause ?? further, replaces }];
  });
  const started = new Set(starts.map(({ instance }) => instance));
  return { steps: [...removals, ...starts], unchanged: wanted.filter((name) => !started.has(name)) };
}

/** A server that was started as wanted may have read other files since, when it was started again after a crash. */
function replacedCause(
  before: ObservedInstance | undefined,
  { hashes, written }: Pick<PlanInput, 'hashes' | 'written'>,
): string | undefined {
  if (before === undefined || written === undefined) return undefined;
  const hash = hashes.get(before.name);
  const replaced = before.configHash === hash && written.get(before.name) !== hash;
  return replaced ? 'a run that was interrupted replaced its files' : undefined;
}

/** The plan as text, one line per step: what `--dry-run` prints and what tests compare. */
export function formatPlan({ steps, unchanged }: Plan): string {
  const lines = steps.map(({ op, instance, cause }) => `${op} ${instance}: ${cause}`);
  const kept = unchanged.map((name) => `keep ${name}: runs as configured`);
  return [...lines, ...kept].join('\n');
}

/** Why an instance has to be started (again), or undefined when it runs as wanted. */
function startCause(
  observed: ObservedInstance | undefined,
  hash: string | undefined,
  program: string | undefined,
): string | undefined {
  if (observed === undefined || observed.state === 'missing') return 'not there';
  if (observed.configHash !== hash) return program ?? 'its configuration changed';
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
