import { Secret } from '../../lib/secret.ts';
import type { RenderedFile, TemplateItem, TemplateVariables } from '../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../stack/contract/launch.ts';
import type { InstanceInput } from '../../stack/contract/model.ts';
import { formatAddress, type Service, type Stack } from '../../stack/contract/model.ts';
import { envFileText } from '../../stack/derived/env-file.ts';
import { environmentOf } from '../../stack/derived/environment.ts';
import { areReplicas } from '../../stack/derived/replicas.ts';
import type { AppOptions } from './options.ts';

type Input = InstanceInput<AppOptions>;

/** File of the instance with the variables that hold secrets. */
const SECRETS_FILE = 'secrets.env';
/** Where the instance's rendered files are in a container. */
const CONFIG_IN_CONTAINER = '/stackctl';
/** A check starts a Node.js: 40 ms of a CPU. */
const HEALTHCHECK_EVERY_S = 10;

/** `upstreams`: where every service that goes through this one is found, for the config of a proxy. */
export function variables({ stack, service, instance }: Input): TemplateVariables {
  const behind = stack.services.filter(({ through }) => through === service.name);
  return {
    project: stack.project.name,
    instance: instance.name,
    port: instance.peer.port,
    upstreams: behind.flatMap((other) => upstreamsOf(stack, other)),
  };
}

/** Replicas have one name that stands for the addresses of all of them. */
function upstreamsOf(stack: Stack, { instances, name, through }: Service): readonly TemplateItem[] {
  if (!areReplicas(stack.runtime, { through }))
    return instances.map((instance) => ({ name: instance.name, address: formatAddress(instance.peer) }));
  return instances.slice(0, 1).map(({ peer }) => ({ name, address: formatAddress(peer) }));
}

export function watchedConfig({ service }: Input): readonly string[] {
  return service.options.watches;
}

export function files(input: Input): readonly RenderedFile[] {
  const secrets = [...variablesOf(input)].filter(([, value]) => value instanceof Secret);
  if (input.stack.runtime.startsFrom !== 'image' || secrets.length === 0) return [];
  return [{ path: `${input.instance.name}/${SECRETS_FILE}`, text: envFileText(secrets), mode: 0o600 }];
}

export function container(input: Input): ContainerSpec {
  const { options, command } = input.service;
  const variables = [...variablesOf(input)];
  const plain = variables.flatMap(([name, value]) => (value instanceof Secret ? [] : [[name, value]]));
  return {
    entrypoint: [],
    command,
    environment: { ...Object.fromEntries(plain), ...placeOf(input, CONFIG_IN_CONTAINER) },
    ...(plain.length < variables.length && { envFile: SECRETS_FILE }),
    volumes: {},
    healthcheck: options.healthcheck ?? defaultHealthcheck(input),
    healthcheckEveryS: HEALTHCHECK_EVERY_S,
    stopGraceS: options.stopGraceS,
  };
}

/** The program in the folder of its source, with the Node.js that runs stackctl where it is `node`. */
export function process(input: Input, { config, data }: ProcessPaths): ProcessSpec {
  const { command, build, options } = input.service;
  const [program = 'node', ...args] = command;
  const environment = [...variablesOf(input)].map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? value.reveal() : value,
  ]);
  return {
    argv: [program === 'node' ? globalThis.process.execPath : program, ...args],
    environment: { ...Object.fromEntries(environment), ...placeOf(input, config), STACKCTL_DATA: data },
    ...(build !== undefined && { folder: build.folder }),
    stopGraceS: options.stopGraceS,
  };
}

/** Which instance it is, and where its rendered files are. */
function placeOf({ stack, service, instance }: Input, config: string): Readonly<Record<string, string>> {
  // Replicas have one environment; each knows itself by its host's name.
  return { ...(!areReplicas(stack.runtime, service) && { STACKCTL_INSTANCE: instance.name }), STACKCTL_CONFIG: config };
}

function variablesOf({ stack, service, instance }: Input): ReadonlyMap<string, string | Secret> {
  return environmentOf(stack, service, instance, 'peer');
}

/** Without wget or curl, which an image may not have. A thrown status is exit code 1. */
function defaultHealthcheck({ service, instance }: Input): readonly string[] {
  if (service.command[0] !== 'node') return [];
  const url = `http://127.0.0.1:${instance.ports[0]?.inside}${service.options.healthPath}`;
  return ['node', '-e', `fetch(${JSON.stringify(url)}).then((answer) => { if (!answer.ok) throw answer.status })`];
}
