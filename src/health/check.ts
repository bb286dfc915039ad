import { deadline } from '../lib/poll.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import type { Judgement, Probe, ProbeTable } from '../stack/contract/probe.ts';
import type { InstanceState, ObservedInstance, Runtime } from '../stack/contract/runtime.ts';
import { withObservedAddresses } from '../stack/derived/observed-addresses.ts';
import { isPresent } from '../stack/derived/present.ts';
import { insideOf } from './inside.ts';

export type Health = 'healthy' | 'unhealthy' | Exclude<InstanceState, 'running'>;

export interface InstanceHealth {
  readonly instance: Instance;
  readonly service: Service;
  readonly observed: ObservedInstance | undefined;
  readonly health: Health;
  readonly role: string | undefined;
  /** Why it is not healthy; empty when it is. */
  readonly reasons: readonly string[];
  /** Those of the reasons that stay until a setting is changed: waiting does not help. */
  readonly standing: readonly string[];
  /** Healthy, but with less than was asked for. */
  readonly degraded: readonly string[];
  /** Kind-specific facts, JSON-ready. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ServiceHealth {
  readonly service: Service;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly instances: readonly InstanceHealth[];
  readonly services: readonly ServiceHealth[];
  /** Instances of the project that run and that the stack does not name, e.g. after `docker compose up --scale`. */
  readonly surplus: readonly string[];
}

export interface CheckInput {
  readonly stack: Stack;
  readonly runtime: Pick<Runtime, 'exec' | 'logged' | 'frozen'>;
}

/** A frozen server must be named within 5 s, so no probe may take longer than this, unless its stack says so. */
export const PROBE_MS = 2500;

/** Checks everything that runs once, by protocol and from outside. */
export async function checkStack(
  { stack: planned, runtime }: CheckInput,
  observed: readonly ObservedInstance[],
  signal: AbortSignal,
  probeMs: number = PROBE_MS,
): Promise<HealthReport> {
  const stack = withObservedAddresses(planned, observed);
  const seen = new Map(observed.map((entry) => [entry.name, entry]));
  const targets = stack.services.flatMap((service) => service.instances.map((instance) => ({ service, instance })));
  // A partitioned container is probed too: its published port may be gone, and then that is the reason.
  const running = targets.filter(({ instance }) => seen.get(instance.name)?.state === 'running');
  const probes: ProbeTable = new Map(
    await Promise.all(
      running.map(
        async ({ service, instance }): Promise<[string, Probe]> => [
          instance.name,
          await service.kind.probe(
            { stack, service, instance },
            deadline(limitFor(service, probeMs), signal),
            insideOf(stack, runtime, seen.get(instance.name) ?? { name: instance.name, startedAt: undefined }),
          ),
        ],
      ),
    ),
  );
  signal.throwIfAborted();
  const judgements = new Map(
    stack.services.flatMap((service) => [...(service.kind.judge?.({ stack, service }, probes) ?? [])]),
  );
  const instances = targets.map(({ service, instance }) =>
    combine(instance, service, seen.get(instance.name), probes.get(instance.name), judgements.get(instance.name)),
  );
  return {
    healthy: instances.every(({ health }) => health === 'healthy'),
    instances,
    services: stack.services.map((service) => ({
      service,
      facts: service.kind.summarize?.({ stack, service }, probes) ?? {},
    })),
    surplus: surplusIn(observed, new Set(targets.map(({ instance }) => instance.name))),
  };
}

/** A shorter time than usual was asked for: that holds for all. */
function limitFor({ kind, options }: Service, probeMs: number): number {
  return probeMs < PROBE_MS ? probeMs : Math.max(probeMs, kind.probeMs?.(options) ?? 0);
}

function surplusIn(observed: readonly ObservedInstance[], known: ReadonlySet<string>): readonly string[] {
  return observed.filter((one) => isPresent(one) && !known.has(one.name)).map(({ name }) => name);
}

function combine(
  instance: Instance,
  service: Service,
  observed: ObservedInstance | undefined,
  probe: Probe | undefined,
  judgement: Judgement | undefined,
): InstanceHealth {
  const common = { instance, service, observed };
  if (observed === undefined || probe === undefined) {
    const state = observed === undefined || observed.state === 'running' ? 'missing' : observed.state;
    return {
      ...common,
      health: state,
      role: undefined,
      reasons: [stateReason(state, observed)],
      standing: [],
      degraded: [],
      facts: {},
    };
  }
  const reasons = [
    ...(observed.partitioned ? ['is cut off from the network of the project, stackctl up connects it again'] : []),
    ...probe.reasons,
    ...(judgement?.reasons ?? []),
  ];
  return {
    ...common,
    health: reasons.length === 0 ? 'healthy' : 'unhealthy',
    role: probe.role,
    reasons,
    standing: judgement?.standing ?? [],
    degraded: [...(probe.degraded ?? []), ...(judgement?.degraded ?? [])],
    facts: { ...probe.facts, ...judgement?.facts },
  };
}

function stateReason(state: Exclude<InstanceState, 'running'>, observed: ObservedInstance | undefined): string {
  const exit = observed?.lastExit;
  const how = exit?.signal ?? (exit?.code === undefined ? undefined : `exit code ${exit.code}`);
  switch (state) {
    case 'missing':
      return 'is not there';
    case 'paused':
      return 'is paused';
    case 'restarting':
      return `crashes and is restarted${how === undefined ? '' : ` (last: ${how})`}`;
    case 'stopped':
      return `is stopped${how === undefined ? '' : ` (${how})`}`;
  }
}
