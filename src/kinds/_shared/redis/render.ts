import type { Secret } from '../../../lib/secret.ts';
import type { FilledConfig, RenderedFile, TemplateVariables } from '../../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../../stack/contract/launch.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import { type Service, serviceOf } from '../../../stack/contract/model.ts';
import { addressFile, primaryFile } from '../../../stack/derived/address-file.ts';
import { renamedCommands } from './commands.ts';
import { passwordOrNone, quotedPassword } from './config-text.ts';
import { serverContainer, serverProcess } from './launch.ts';
import type { RedisOptions } from './options.ts';
import type { Product } from './products.ts';
import { argumentText, readConfig } from './read-config.ts';
import { HEALTHCHECK_SCRIPT, START_SCRIPT } from './scripts.ts';

type Input = InstanceInput<RedisOptions>;

/** How long a starting server waits for a majority of the Sentinels before it uses the recorded master, in seconds. */
const ASK_S = 8;
const STOP_GRACE_S = 15;

export function variables({ stack, service, instance }: Input): TemplateVariables {
  const { options } = service;
  return {
    project: stack.project.name,
    instance: instance.name,
    port: instance.peer.port,
    bind: stack.runtime.addressing === 'loopback' ? [instance.peer.host] : [],
    tcpBacklog: options.tcpBacklog,
    timeoutS: options.timeoutS,
    tcpKeepaliveS: options.tcpKeepaliveS,
    save: savePoints(options.save),
    appendOnly: options.appendOnly ? 'yes' : 'no',
    appendFsync: options.appendFsync,
    maxmemory: options.maxmemory,
    maxmemoryPolicy: options.maxmemoryPolicy,
    password: quotedPassword(passwordOrNone(options.password)),
    announceHost: instance.peer.host,
    announcePort: instance.peer.port,
    replicaPriority: options.replicaPriority,
    replDisklessSyncDelayS: options.replDisklessSyncDelayS,
    minReplicasToWrite: options.minReplicasToWrite,
    minReplicasMaxLagS: options.minReplicasMaxLagS,
  };
}

export function files(
  { configFile }: Product,
  input: Input,
  configs: readonly FilledConfig[] = [],
): readonly RenderedFile[] {
  const config = configs.find(({ target }) => target === configFile)?.text ?? '';
  const { stack, service, instance } = input;
  const arbiter = arbiterOf(input);
  const at = (name: string): string => `${instance.name}/${name}`;
  return [
    { path: at('start.sh'), text: START_SCRIPT, mode: 0o755 },
    { path: at('healthcheck.sh'), text: HEALTHCHECK_SCRIPT, mode: 0o755 },
    { path: at('addresses'), text: addressFile(stack), mode: 0o644, volatile: true },
    { path: at('primary'), text: primaryFile(stack, service), mode: 0o644, volatile: true },
    { path: at('sentinels'), text: endpointFile(arbiter), mode: 0o644, volatile: true },
    // The Sentinels alone are started again for another name: a server that runs reads it at its next start.
    { path: at('group'), text: groupFile(input, arbiter), mode: 0o644, volatile: true },
    ...configCommand(at('config.command'), config),
    ...includesFile(at('includes'), config),
    ...passwordFile(at('server.auth'), passwordOrNone(service.options.password)),
    ...passwordFile(at('sentinel.auth'), arbiter?.kind.arbiter?.password({ stack, service: arbiter })),
  ];
}

export function container(product: Product, input: Input): ContainerSpec {
  return serverContainer({ product, environment: environment(product, input), stopGraceS: STOP_GRACE_S });
}

export function process(product: Product, input: Input, paths: ProcessPaths): ProcessSpec {
  return serverProcess(paths, { product, environment: environment(product, input), stopGraceS: STOP_GRACE_S });
}

function environment({ configFile }: Product, input: Input): Record<string, string> {
  const { instance } = input;
  return {
    STACKCTL_CONF: configFile,
    STACKCTL_SELF: `${instance.peer.host} ${instance.peer.port}`,
    STACKCTL_ASK_S: String(ASK_S),
  };
}

/** The service that knows who the master is. */
function arbiterOf({ stack, service }: Input): Service | undefined {
  return service.primaryFrom === undefined ? undefined : serviceOf(stack, service.primaryFrom);
}

function endpointFile(arbiter: Service | undefined): string {
  return (arbiter?.instances ?? []).map(({ peer }) => `${peer.host} ${peer.port}\n`).join('');
}

/** What the Sentinels call the master; empty: there are none. */
function groupFile({ stack }: Input, arbiter: Service | undefined): string {
  const name = arbiter?.kind.arbiter?.groupName({ stack, service: arbiter });
  return name === undefined ? '' : `${name}\n`;
}

/** The new name that the file gives CONFIG: the start script lifts its fence with it. Such names are often kept secret. */
function configCommand(path: string, config: string): readonly RenderedFile[] {
  const renamed = renamedCommands(readConfig(config)).find(({ command }) => command === 'CONFIG');
  return renamed === undefined ? [] : [{ path, text: renamed.name, mode: 0o600 }];
}

/** Only where the configuration includes files: the start script then asks the server itself who its master would be. */
function includesFile(path: string, config: string): readonly RenderedFile[] {
  const includes = readConfig(config).filter(({ name }) => name === 'include');
  return includes.length === 0
    ? []
    : [{ path, text: includes.map((line) => `${argumentText(line)}\n`).join(''), mode: 0o644 }];
}

function passwordFile(path: string, password: Secret | undefined): readonly RenderedFile[] {
  return password === undefined ? [] : [{ path, text: password.reveal(), mode: 0o600 }];
}

/** `900 1 300 10` -> [`900 1`, `300 10`]; nothing -> `""`, which is how redis.conf turns snapshots off. */
function savePoints(text: string): readonly string[] {
  const numbers = text.split(' ').filter((part) => part !== '');
  if (numbers.length === 0) return ['""'];
  return numbers.flatMap((seconds, index) => (index % 2 === 0 ? [`${seconds} ${numbers[index + 1]}`] : []));
}
