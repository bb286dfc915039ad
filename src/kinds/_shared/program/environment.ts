/** The variables of a program that the stack brings along, where secrets reach it through a file. Pure. */

import { join } from 'node:path';
import { Secret } from '../../../lib/secret.ts';
import { variableName } from '../../../lib/variable-name.ts';
import type { RenderedFile } from '../../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths, ProcessSpec } from '../../../stack/contract/launch.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import { envFileText } from '../../../stack/derived/env-file.ts';
import { environmentOf } from '../../../stack/derived/environment.ts';
import { areReplicas } from '../../../stack/derived/replicas.ts';

/** File of the instance with the variables that hold secrets. */
const SECRETS_FILE = 'secrets.env';
/** Where the instance's rendered files are in a container. */
const CONFIG_IN_CONTAINER = '/stackctl';

/** The file with the secrets, in a runtime that starts from images. */
export function secretFiles(input: InstanceInput): readonly RenderedFile[] {
  const secrets = [...variablesOf(input)].filter(([, value]) => value instanceof Secret);
  if (input.stack.runtime.startsFrom !== 'image' || secrets.length === 0) return [];
  return [{ path: `${input.instance.name}/${SECRETS_FILE}`, text: envFileText(secrets), mode: 0o600 }];
}

export function containerEnvironment(input: InstanceInput): Pick<ContainerSpec, 'environment' | 'envFile'> {
  const variables = [...variablesOf(input)];
  const plain = variables.flatMap(([name, value]) => (value instanceof Secret ? [] : [[name, value]]));
  return {
    environment: {
      ...Object.fromEntries(plain),
      ...placeOf(input, CONFIG_IN_CONTAINER),
      ...volumeVariables(input.service.mounts),
    },
    ...(plain.length < variables.length && { envFile: SECRETS_FILE }),
  };
}

/** With the secrets: the supervisor keeps them in a file of its own. */
export function processEnvironment(
  input: InstanceInput,
  { config, data }: Pick<ProcessPaths, 'config' | 'data'>,
): Readonly<Record<string, string>> {
  const environment = [...variablesOf(input)].map(([name, value]): [string, string] => [
    name,
    value instanceof Secret ? value.reveal() : value,
  ]);
  return {
    ...Object.fromEntries(environment),
    ...placeOf(input, config),
    ...volumeVariables(volumeFolders(input, data)),
    STACKCTL_DATA: data,
  };
}

/** The folders of a local process that stand for its volumes. */
export function ownFolders(
  input: InstanceInput,
  { data }: Pick<ProcessPaths, 'data'>,
): Pick<ProcessSpec, 'ownFolders'> {
  const folders = Object.values(volumeFolders(input, data));
  return folders.length === 0 ? {} : { ownFolders: folders };
}

/** By their names. @param data the instance's own folder. */
function volumeFolders({ service }: InstanceInput, data: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(service.mounts).map((name) => [name, join(data, 'volumes', name)]));
}

/** `{'job-files': '/data'}` -> `STACKCTL_VOLUME_JOB_FILES`. */
function volumeVariables(places: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(places);
  return Object.fromEntries(entries.map(([name, place]) => [`STACKCTL_VOLUME_${variableName(name)}`, place]));
}

/** Which instance it is, and where its rendered files are. */
function placeOf({ stack, service, instance }: InstanceInput, config: string): Readonly<Record<string, string>> {
  // Replicas have one environment; each knows itself by its host's name.
  return { ...(!areReplicas(stack.runtime, service) && { STACKCTL_INSTANCE: instance.name }), STACKCTL_CONFIG: config };
}

function variablesOf({ stack, service, instance }: InstanceInput): ReadonlyMap<string, string | Secret> {
  return environmentOf(stack, service, instance, 'peer');
}
