import type { HealthReport, InstanceHealth, ServiceHealth } from '../health/check.ts';
import { byNumber } from '../lib/by-number.ts';
import type { ProjectRecord } from '../project/record.ts';
import { type Address, formatAddress, NO_PORT, type Stack } from '../stack/contract/model.ts';
import type { ObservedInstance } from '../stack/contract/runtime.ts';

/** `data` of `up`, `status` and `health`: a contract, names and units included. */
export interface StatusView {
  readonly project: string;
  readonly stack: string;
  readonly runtime: string;
  readonly healthy: boolean;
  readonly instances: readonly InstanceView[];
  readonly services: readonly ServiceView[];
  /** Instances of the project that run although the stack does not have them; `up` removes them. */
  readonly surplus: readonly string[];
}

export interface InstanceView {
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  readonly role: string | null;
  readonly health: string;
  readonly reasons: readonly string[];
  /** Healthy, but with less than was asked for; empty when not. */
  readonly degraded: readonly string[];
  /** `host:port` for the other instances, of the main port; `-` for one that listens nowhere. */
  readonly peer: string;
  /** `host:port` for programs on this machine; `-` for a replica that has none now, and for one that listens nowhere. */
  readonly client: string;
  readonly pid?: number;
  readonly containerId?: string;
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly lastExit: { readonly at: string; readonly code: number | null; readonly signal: string | null } | null;
  /** Depends on the kind, e.g. `offset`, `lagBytes`, `writable`, `epoch`. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface ServiceView {
  readonly name: string;
  readonly kind: string;
  /** The service in front of it, at whose address it is reached; null: none. */
  readonly through: string | null;
  /** Label -> connection string, passwords left out; with `through`, that of the service itself is the shared one. */
  readonly urls: Readonly<Record<string, string>>;
  /** Ready-made ioredis options where they apply; passwords are `[redacted]`, `stackctl env` has them. */
  readonly ioredis: Readonly<Record<string, unknown>> | null;
  readonly facts: Readonly<Record<string, unknown>>;
}

export function statusView(stack: Stack, report: HealthReport): StatusView {
  return {
    project: stack.project.name,
    stack: stack.name,
    runtime: stack.runtime.name,
    healthy: report.healthy,
    instances: report.instances.map(instanceView),
    services: report.services.map((entry) => serviceView(stack, entry)),
    surplus: report.surplus,
  };
}

/** What is known of a project whose stack cannot be read: what runs, and where its record says that it listens. */
export function recordView(record: ProjectRecord, observed: readonly ObservedInstance[]): StatusView {
  const seen = new Map(observed.map((one) => [one.name, one]));
  const names = new Set([...seen.keys(), ...(record.state === 'up' ? Object.keys(record.ports) : [])]);
  return {
    project: record.name,
    stack: record.stack,
    runtime: record.runtime,
    healthy: false,
    instances: [...names].sort(byNumber).map((name) => unjudged(name, seen.get(name), record)),
    services: [],
    surplus: [],
  };
}

function unjudged(name: string, observed: ObservedInstance | undefined, { ports }: ProjectRecord): InstanceView {
  const state = observed?.state ?? 'missing';
  const [port] = Object.values(ports[name] ?? {});
  const isUp = state === 'running';
  return {
    name,
    service: name.replace(/-\d+$/, ''),
    kind: 'unknown',
    role: null,
    health: isUp ? 'unknown' : state,
    reasons: [
      isUp ? 'runs; how it is cannot be asked without its stack' : `is ${state === 'missing' ? 'not there' : state}`,
    ],
    degraded: [],
    peer: '-',
    client: port === undefined ? '-' : formatAddress({ host: '127.0.0.1', port }),
    ...seenOf(observed),
    facts: {},
  };
}

function instanceView({
  instance,
  service,
  observed,
  health,
  role,
  reasons,
  degraded,
  facts,
}: InstanceHealth): InstanceView {
  return {
    name: instance.name,
    service: instance.service,
    kind: service.kind.name,
    role: role ?? null,
    health,
    reasons,
    degraded,
    peer: addressText(instance.peer),
    client: addressText(instance.client),
    ...seenOf(observed),
    facts,
  };
}

function addressText(address: Address): string {
  return address.port === NO_PORT ? '-' : formatAddress(address);
}

type Seen = Pick<InstanceView, 'pid' | 'containerId' | 'startedAt' | 'restarts' | 'lastExit'>;

function seenOf(observed: ObservedInstance | undefined): Seen {
  const exit = observed?.lastExit;
  return {
    ...(observed?.pid === undefined ? {} : { pid: observed.pid }),
    ...(observed?.containerId === undefined ? {} : { containerId: observed.containerId }),
    startedAt: observed?.startedAt ?? null,
    restarts: observed?.restarts ?? 0,
    lastExit: exit === undefined ? null : { at: exit.at, code: exit.code ?? null, signal: exit.signal ?? null },
  };
}

function serviceView(stack: Stack, { service, facts }: ServiceHealth): ServiceView {
  const connection = service.kind.connection?.({ stack, service });
  return {
    name: service.name,
    kind: service.kind.name,
    through: service.through ?? null,
    urls: connection?.urls ?? {},
    ioredis: connection?.clientOptions?.ioredis ?? null,
    facts,
  };
}
