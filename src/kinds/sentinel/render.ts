import { createHash } from 'node:crypto';
import type { FilledConfig, RenderedFile, TemplateVariables } from '../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { Instance, InstanceInput } from '../../stack/contract/model.ts';
import { addressFile, primaryFile } from '../../stack/derived/address-file.ts';
import { passwordOrNone, quotedPassword } from '../_shared/redis/config-text.ts';
import { serverContainer, serverProcess } from '../_shared/redis/launch.ts';
import { monitorLine } from './monitor-line.ts';
import { monitoredService } from './monitored.ts';
import { FAST, productOf, type SentinelOptions } from './options.ts';
import { HEALTHCHECK_SCRIPT, START_SCRIPT } from './scripts.ts';

type Input = InstanceInput<SentinelOptions>;

const STOP_GRACE_S = 5;

export function variables(input: Input): TemplateVariables {
  const { stack, service, instance } = input;
  const { options } = service;
  const monitored = monitoredService(input);
  // Always the first instance: the start script puts the real master in, and a failover must not change this file.
  const master = monitored.instances[0]?.peer ?? instance.peer;
  return {
    project: stack.project.name,
    instance: instance.name,
    port: instance.peer.port,
    bind: stack.runtime.addressing === 'loopback' ? [instance.peer.host] : [],
    password: quotedPassword(passwordOrNone(options.password)),
    announceHost: instance.peer.host,
    announcePort: instance.peer.port,
    masterName: options.masterName,
    masterHost: master.host,
    masterPort: master.port,
    masterPassword: quotedPassword(monitored.kind.replicated?.password({ stack, service: monitored })),
    quorum: options.quorum,
    downAfterMs: options.downAfterMs,
    failoverTimeoutMs: options.failoverTimeoutMs,
    parallelSyncs: options.parallelSyncs,
  };
}

export function files(input: Input, configs: readonly FilledConfig[] = []): readonly RenderedFile[] {
  const { stack, service, instance } = input;
  const at = (name: string): string => `${instance.name}/${name}`;
  const password = passwordOrNone(service.options.password);
  return [
    { path: at('start.sh'), text: START_SCRIPT, mode: 0o755 },
    { path: at('healthcheck.sh'), text: HEALTHCHECK_SCRIPT, mode: 0o755 },
    { path: at('addresses'), text: addressFile(stack), mode: 0o644, volatile: true },
    { path: at('primary'), text: primaryFile(stack, monitoredService(input)), mode: 0o644, volatile: true },
    { path: at('monitor'), text: monitorFile(input, configs), mode: 0o644 },
    { path: at('members'), text: memberFile(input), mode: 0o644, volatile: true },
    ...(password === undefined
      ? []
      : [{ path: at('sentinel.auth'), text: password.reveal(), mode: 0o600 } satisfies RenderedFile]),
  ];
}

export function container(input: Input): ContainerSpec {
  return serverContainer({
    product: productOf(input.service),
    environment: environment(input),
    stopGraceS: STOP_GRACE_S,
  });
}

export function process(input: Input, paths: ProcessPaths): ProcessSpec {
  return serverProcess(paths, {
    product: productOf(input.service),
    environment: environment(input),
    stopGraceS: STOP_GRACE_S,
  });
}

/** The group is in its configuration file. */
export function startFacts({ service: { options } }: Input): Readonly<Record<string, unknown>> {
  return { server: options.server, detection: options.detection };
}

function environment({ service, instance }: Input): Record<string, string> {
  return {
    STACKCTL_SELF: `${instance.peer.host} ${instance.peer.port}`,
    STACKCTL_GROUP: service.options.masterName,
    ...(service.options.detection === 'fast' && { STACKCTL_PERIODS: Object.entries(FAST.periods).flat().join(' ') }),
  };
}

/**
 * What a Sentinel would learn from INFO (replicas, after up to 10 s) and from the hello channel (other Sentinels, 2 s):
 * `myid <id>`, `sentinel <host> <port> <id>` for each other one, `replica <host> <port>` for each server of the group.
 */
function memberFile(input: Input): string {
  const { stack, service, instance } = input;
  const id = (sentinel: Instance): string => sentinelId(stack.project.id, sentinel.name);
  const others = service.instances.filter(({ name }) => name !== instance.name);
  return [
    `myid ${id(instance)}`,
    ...others.map((other) => `sentinel ${other.peer.host} ${other.peer.port} ${id(other)}`),
    ...monitoredService(input).instances.map(({ peer }) => `replica ${peer.host} ${peer.port}`),
    '',
  ].join('\n');
}

/** `<line> <quorum>`: the number of the line of sentinel.conf that names the master, and its quorum. */
function monitorFile({ service }: Input, configs: readonly FilledConfig[]): string {
  const config = configs.find(({ target }) => target === 'sentinel.conf');
  const found = config === undefined ? undefined : monitorLine(config.text, service.options.masterName);
  return `${found?.line ?? 0} ${found?.args?.[4]?.text ?? service.options.quorum}\n`;
}

/** 40 hexadecimal digits. Sentinel makes them at random; here they are derived, so that each can know those of the others. */
export function sentinelId(projectId: string, instanceName: string): string {
  return createHash('sha1').update(`${projectId}/${instanceName}`).digest('hex');
}
