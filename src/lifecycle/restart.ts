import { checkStack } from '../health/check.ts';
import { waitHealthy } from '../health/wait.ts';
import { step } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import { render } from '../render/render.ts';
import { openReplace } from '../render/replace-rendered.ts';
import type { Instance, Stack } from '../stack/contract/model.ts';
import type { PortWish } from '../stack/ports/ports.ts';
import { handOverFrom } from './hand-over-from.ts';
import { refuseNewSecrets } from './new-secrets.ts';
import { findPrimaries } from './primaries.ts';
import { readPrograms } from './programs.ts';
import { refuseDowngrade } from './refuse-downgrade.ts';
import { type RestartPlan, restartPlan } from './restart-plan.ts';
import type { Session } from './session.ts';
import { startAgain } from './start-again.ts';

export interface RestartOptions {
  readonly timeoutMs: number;
  /** The ports that the stack and the values wish for now. */
  readonly portWishes: readonly PortWish[];
  /** Keeps the values of this restart for later commands; called once, before the first instance is restarted. */
  readonly keep: () => Promise<void>;
}

/**
 * Restarts instances one at a time, each one healthy again before the next; the primary last, after another one has taken
 * its place. Each comes back with its configuration as stack.yaml and the values have it now; the files of
 * every other instance stay as they are. Then waits until everything is healthy that was healthy before: what was
 * connected to them connects again.
 * @throws E_NOT_RUNNING, E_USAGE for what only `up` can change, before anything was changed; E_NOT_READY, E_START_FAILED
 *   and what the runtime throws.
 */
export async function restart(
  session: Session,
  asked: readonly Instance[],
  { timeoutMs, portWishes, keep }: RestartOptions,
): Promise<RestartPlan> {
  const { runtime, paths, record, emit, signal } = session;
  const found = await findPrimaries(session.stack, runtime, signal);
  const observed = await runtime.observe();
  const primaries = { ...session.stack.primaries, ...found };
  const programs = await readPrograms({ ...session.stack, primaries }, observed, paths);
  const { stack } = programs;
  const rendered = render(stack);
  for (const text of rendered.warnings) emit({ type: 'warning', text });
  const names = asked.map(({ name }) => name);
  const plan = restartPlan({
    asked: names,
    hashes: rendered.hashes,
    observed,
    runtime: stack.runtime,
    portWishes,
    wantedPorts: record.wantedPorts,
  });
  await refuseNewSecrets(stack, rendered, plan.changed, paths.rendered);
  announce(session, plan);
  // A container that stays the same needs no image; a process is started from the program that is there now.
  const needed = stack.runtime.startsFrom === 'image' ? plan.changed : plan.instances;
  if (needed.length > 0) await runtime.prepare(servicesOf(stack, needed), emit, { signal });
  await refuseDowngrade({ stack, runtime, paths, rendered, observed, starting: plan.instances, emit, signal });
  const before = await checkStack({ stack, runtime }, observed, signal);
  const replaceFiles = await openReplace({ paths, rendered, observed, keepUnknown: true });
  await keep();
  for (const name of rolling(plan.instances, found)) {
    await handOverFrom({ stack, emit, signal }, name);
    const cause = plan.changed.includes(name)
      ? { detail: programs.causes.get(name) ?? 'its configuration changed' }
      : {};
    await step(emit, { id: name, title: `restart ${name}`, ...cause }, async (progress) => {
      const until = deadline(timeoutMs, signal);
      await replaceFiles([name]);
      await programs.remember([name]);
      await startAgain({ stack, runtime, timeoutMs }, [name]);
      await waitHealthy({
        stack,
        runtime,
        instances: new Set([name]),
        onChange: ({ reasons }) => progress(reasons.join('; ')),
        signal: until,
      });
    });
  }
  const healthy = before.instances.filter(({ health }) => health === 'healthy').map(({ instance }) => instance.name);
  await waitHealthy({
    stack,
    runtime,
    instances: new Set(healthy),
    onChange: () => undefined,
    signal: deadline(timeoutMs, signal),
  });
  return plan;
}

/** Before anything is done: what this restart leaves alone and `up` would change. */
function announce({ emit }: Session, { absent, outdated }: RestartPlan): void {
  if (absent.length > 0) {
    emit({
      type: 'warning',
      text: `not there, and not started: ${absent.join(', ')} (stackctl up starts what is missing)`,
    });
  }
  if (outdated.length > 0) {
    const what = 'the configuration of these changed too, and they keep the one that they run with';
    emit({ type: 'warning', text: `${what}: ${outdated.join(', ')} (stackctl up, or restart them too)` });
  }
}

/** Primaries last. */
function rolling(
  names: readonly string[],
  found: Readonly<Record<string, { readonly instance: string }>>,
): readonly string[] {
  const primaries = new Set(Object.values(found).map(({ instance }) => instance));
  return [...names.filter((name) => !primaries.has(name)), ...names.filter((name) => primaries.has(name))];
}

function servicesOf(stack: Stack, instances: readonly string[]): Stack {
  const services = stack.services.filter((service) => service.instances.some(({ name }) => instances.includes(name)));
  return { ...stack, services };
}
