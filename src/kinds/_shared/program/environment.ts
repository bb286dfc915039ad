/** The variables of a program that the stack brings along, where secrets reach it through a file. Pure. */
import { Secret } from '../../../lib/secret.ts';
import type { RenderedFile } from '../../../stack/contract/files.ts';
import type { ContainerSpec, ProcessPaths } from '../../../stack/contract/launch.ts';
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
    environment: { ...Object.fromEntries(plain), ...placeOf(input, CONFIG_IN_CONTAINER) },
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
  return { ...Object.fromEntries(environment), ...placeOf(input, config), STACKCTL_DATA: data };
}

/** Which instance it is, and where its rendered files are. */
function placeOf({ stack, service, instance }: InstanceInput, config: string): Readonly<Record<string, string>> {
  // Replicas have one environment; each knows itself by its host's name.
  return { ...(!areReplicas(stack.runtime, service) && { STACKCTL_INSTANCE: instance.name }), STACKCTL_CONFIG: config };
}

function variablesOf({ stack, service, instance }: InstanceInput): ReadonlyMap<string, string | Secret> {
  return environmentOf(stack, service, instance, 'peer');
}
