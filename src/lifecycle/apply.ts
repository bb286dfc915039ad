import { errorText } from '../errors.ts';
import type { HealthReport, InstanceHealth } from '../health/check.ts';
import { waitHealthy } from '../health/wait.ts';
import { type StepReporter, steps } from '../lib/events.ts';
import { anyOf, deadline } from '../lib/poll.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import type { Plan, Step } from './plan.ts';
import { begin, rollAll, type StartInput, type Starts, showHealth } from './starts.ts';
import { startWaves } from './waves.ts';

export interface ApplyInput extends StartInput {
  readonly plan: Plan;
  /** Instances that are replaced one after the other, in this order: see `rolled`. */
  readonly rolled: readonly string[];
  /** Called around the replacing of those of one wave: whoever measures what it costs does so here. */
  readonly whileRolling: (names: readonly string[], roll: () => Promise<void>) => Promise<void>;
  /** Called for every service of a wave once its instances were started: declared topics, migrations. */
  readonly provision: (service: Service, signal: AbortSignal) => Promise<void>;
}

/**
 * Carries a plan out and returns once everything in it is healthy. Takes no decision: removals first, then the starts,
 * one wave after the other, so that a service starts when what it depends on is ready, and what is rolled one by one.
 * @throws what the runtime throws; E_NOT_READY, E_START_FAILED; the signal's reason, after taking back what this call
 * started.
 */
export async function apply(input: ApplyInput): Promise<HealthReport> {
  const { plan, emit } = input;
  await steps(emit, (show) => removeAll(input, show));
  const starts = plan.steps.filter(({ op }) => op !== 'remove');
  const until = deadline(input.timeoutMs, input.signal);
  try {
    const report = await steps(emit, (show) => startAll(input, { starts, until, show }));
    for (const text of standingIn(report)) emit({ type: 'warning', text });
    return report;
  } catch (error) {
    if (input.signal.aborted) await takeBack(input, starts);
    throw error;
  }
}

async function removeAll({ plan, runtime, signal }: ApplyInput, show: StepReporter): Promise<void> {
  const removed = plan.steps.filter(({ op }) => op === 'remove');
  if (removed.length === 0) return;
  const names = removed.map(({ instance }) => instance);
  for (const { instance, cause } of removed)
    show({ id: instance, title: instance, state: 'start', detail: `remove: ${cause}` });
  await runtime.remove(names, { signal });
  for (const name of names) show({ id: name, title: name, state: 'done', detail: 'removed' });
}

async function startAll(input: ApplyInput, { starts, show, ...limit }: Starts): Promise<HealthReport> {
  const { stack, runtime, plan, rolled } = input;
  let { until } = limit;
  const wanted = new Set([...plan.unchanged, ...starts.map(({ instance }) => instance)]);
  const waiting = new Set<string>();
  // Later waves wait for the earlier instances too; what was shown of those is not shown again.
  const shown = new Map<string, string>();
  const onChange = (health: InstanceHealth) => showHealth(show, health);
  let report: HealthReport | undefined;
  if (starts.length === 0 && wanted.size > 0) return lookOnce(input, { wanted, until, onChange });
  for (const wave of startWaves(stack, wanted)) {
    const inWave = starts.filter(({ instance }) => wave.includes(instance));
    await begin(input, { starts: inWave.filter(({ instance }) => !rolled.includes(instance)), until, show });
    const rolling = rolled.flatMap((name) => inWave.filter(({ instance }) => instance === name));
    if (rolling.length > 0) {
      const roll = () => rollAll(input, rolling, show);
      await input.whileRolling(
        rolling.map(({ instance }) => instance),
        roll,
      );
      until = deadline(input.timeoutMs, input.signal);
    }
    for (const name of wave) waiting.add(name);
    report = await provisionedAndHealthy(until, {
      provision: (signal, onFailure) => provisionWave(input, wave, { signal, onFailure }),
      wait: (signal) => waitHealthy({ stack, runtime, instances: waiting, onChange, shown, signal }),
    });
  }
  return report ?? waitHealthy({ stack, runtime, instances: waiting, onChange: () => undefined, signal: until });
}

interface Look {
  readonly wanted: ReadonlySet<string>;
  readonly until: AbortSignal;
  readonly onChange: (health: InstanceHealth) => void;
}

/** Where nothing is started, all is waited for at once. What is inside of servers still comes in the order of the waves. */
async function lookOnce(input: ApplyInput, { wanted, until, onChange }: Look): Promise<HealthReport> {
  const { stack, runtime } = input;
  return provisionedAndHealthy(until, {
    provision: async (signal, onFailure) => {
      for (const wave of startWaves(stack, wanted)) await provisionWave(input, wave, { signal, onFailure });
    },
    wait: (signal) => waitHealthy({ stack, runtime, instances: wanted, onChange, signal }),
  });
}

interface Working {
  readonly signal: AbortSignal;
  /** Called at once, when others are still at work. */
  readonly onFailure: (reason: unknown) => void;
}

/**
 * Side by side. One that fails does not end the others: a statement that is cut off may leave something half done.
 * @throws why the first one failed; of the others it is warned.
 */
async function provisionWave(
  { stack, provision, emit }: ApplyInput,
  wave: readonly string[],
  { signal, onFailure }: Working,
): Promise<void> {
  const failed: { readonly reason: unknown }[] = [];
  const one = async (service: Service): Promise<void> => {
    try {
      await provision(service, signal);
    } catch (reason) {
      failed.push({ reason });
      // What ends with the signal has no reason of its own.
      if (signal.aborted) return;
      if (failed.length > 1) emit({ type: 'warning', text: `${service.name} failed too: ${errorText(reason)}` });
      onFailure(reason);
    }
  };
  await Promise.all(servicesIn(stack, wave).map(one));
  if (failed[0] !== undefined) throw failed[0].reason;
}

function servicesIn(stack: Stack, wave: readonly string[]): readonly Service[] {
  return stack.services.filter(({ instances }) => instances.some(({ name }) => wave.includes(name)));
}

interface Parts {
  readonly provision: (signal: AbortSignal, onFailure: Working['onFailure']) => Promise<void>;
  readonly wait: (signal: AbortSignal) => Promise<HealthReport>;
}

/**
 * Both at once, because each may be what the other one waits for: a server is not ready without its topics, and takes
 * none when it crashes. The first that fails ends the other; at the deadline the reasons of the waiting say more than those of what
 * would still be provisioned, and less than what had failed by then. What was ready
 * before all was provisioned is checked once more: an extension that was missing then is there now.
 */
async function provisionedAndHealthy(until: AbortSignal, { provision, wait }: Parts): Promise<HealthReport> {
  const failure = new AbortController();
  const signal = anyOf([until, failure.signal]);
  const guarded = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  let isProvisioned = false;
  let broken: { readonly reason: unknown } | undefined;
  const onFailure: Working['onFailure'] = (reason) => {
    broken ??= { reason };
  };
  const provisioning = provision(signal, onFailure).then(() => {
    isProvisioned = true;
  });
  const waiting = wait(signal).then((report) => ({ report, wasProvisioned: isProvisioned }));
  const [provisioned, health] = await Promise.allSettled([guarded(provisioning), guarded(waiting)]);
  if (broken !== undefined) throw broken.reason;
  if (health.status === 'rejected' && (until.aborted || provisioned.status === 'fulfilled')) throw health.reason;
  if (provisioned.status === 'rejected') throw failure.signal.reason;
  if (health.status === 'rejected') throw health.reason;
  return health.value.wasProvisioned ? health.value.report : wait(until);
}

/** What is not healthy and was not waited for: every instance of a service says the same, so once for a service. */
function standingIn({ instances }: HealthReport): readonly string[] {
  return [...new Set(instances.flatMap(({ service, standing }) => standing.map((text) => `${service.name}: ${text}`)))];
}

/** An interrupted start leaves nothing running that did not run before; data stays. */
async function takeBack({ runtime, emit }: ApplyInput, starts: readonly Step[]): Promise<void> {
  const names = starts.flatMap((step) => (step.op !== 'remove' && !step.replaces ? [step.instance] : []));
  if (names.length === 0) return;
  emit({ type: 'note', text: `interrupted: stopping what this run has started (${names.join(', ')})` });
  await runtime.remove(names);
}
