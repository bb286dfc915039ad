/** The schema of stack.yaml. `docs/stack.yaml` explains every key; a test holds the two together. */
import * as z from 'zod';
import { parseDuration } from '../../lib/duration.ts';
import { MAX_INSTANCES, MAX_SERVICES } from '../derived/addresses.ts';
import { isReserved, NAME_PATTERN, NAME_RULE, RESERVED_RULE } from '../source/names.ts';
import { scalar, valueSpec } from '../values/value-spec.ts';

const name = z.string().regex(NAME_PATTERN, { error: NAME_RULE });

const keyName = name.refine((text) => !isReserved(text), { error: RESERVED_RULE });

const valueName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]*$/, { error: 'must be camelCase letters and digits' })
  .refine((text) => !isReserved(text), { error: RESERVED_RULE });

const portName = z.string().refine((text) => !isReserved(text), { error: RESERVED_RULE });

const file = z.string().min(1);

const port = z.union([z.int().min(1).max(65_535), z.string().regex(/^\{\{.*\}\}$/)], {
  error: 'must be a port number (1 to 65535) or a value such as "{{redisPort}}"',
});

const portSpec = z.union([port, z.strictObject({ inside: port, outside: port.optional() })], {
  error: 'must be a port number (1 to 65535), a value such as "{{redisPort}}", or a map with inside and outside',
});

const mountPath = z
  .string()
  .regex(/^\/[^:\s]*[^:\s/]$/, { error: 'must be the path of a folder in the container, e.g. /data' });

const volumeSpec = z.union([name, mountPath, z.strictObject({ path: mountPath, name: name.optional() })], {
  error:
    'must be the name of a Docker volume, the path of a folder in the container (/data), or a map with path and name',
});

const buildSpec = z.strictObject({
  context: file,
  args: z.record(z.string(), scalar).default({}),
  dockerfile: file.optional(),
  target: z.string().min(1).optional(),
});

const words = z.array(z.string()).min(1);
/** By name of the runtime, which is checked where the runtimes are known. */
const commands = z
  .record(z.string(), words)
  .refine((all) => Object.keys(all).length > 0, { error: 'must have at least one entry' });
const COMMAND_RULE = 'must be a list (the program and its arguments), or a map with such a list for each runtime';

const variableName = z
  .string()
  .regex(/^[A-Za-z0-9_]*$/, { error: 'must be letters, digits and underscores' })
  .regex(/^(?!\d)/, { error: 'must begin with a letter or underscore' })
  .min(1, { error: 'must begin with a letter or underscore' });
const variableSpec = z.strictObject({ value: scalar, description: z.string().min(1) });
const VARIABLE_RULE = 'must be text, a number, true or false, or a map with value and description';

const serviceSpec = z.strictObject({
  kind: z.string().min(1),
  instances: z.int().min(1).max(MAX_INSTANCES).default(1),
  image: z.string().min(1).optional(),
  ports: z.record(portName, portSpec).default({}),
  dependsOn: z.array(z.string()).default([]),
  monitors: z.string().optional(),
  primaryFrom: z.string().optional(),
  config: z.record(z.string().regex(/^[\w.-]+$/, { error: 'must be a plain file name' }), file).default({}),
  options: z.record(z.string(), z.unknown()).default({}),
  compose: z.record(z.string(), z.unknown()).default({}),
  volumes: z.record(z.string(), volumeSpec).default({}),
  build: z
    .union([file, buildSpec], { error: 'must be a folder, or a map with context, args, dockerfile and target' })
    .optional(),
  command: z.union([words, commands], { error: COMMAND_RULE }).optional(),
  environment: z.record(variableName, z.union([scalar, variableSpec], { error: VARIABLE_RULE })).default({}),
  envFile: z.union([file, z.array(file).min(1)], { error: 'must be a file, or a list of files' }).optional(),
  through: z.string().optional(),
});

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 500ms, 60s or 2m' });

export const stackSpec = z.strictObject({
  stack: name,
  description: z.string().min(1),
  values: z.record(valueName, valueSpec).default({}),
  network: z.string().min(1).optional(),
  services: z
    .record(keyName, serviceSpec)
    .refine((services) => Object.keys(services).length > 0, { error: 'must name at least one service' })
    .refine((services) => Object.keys(services).length <= MAX_SERVICES, {
      error: `must not name more than ${MAX_SERVICES} services`,
    }),
  readiness: z.strictObject({ timeout: duration.default('60s') }).default({ timeout: '60s' }),
  traffic: file.optional(),
  migrations: z.record(z.string(), file).default({}),
});

export type StackSpec = z.infer<typeof stackSpec>;
export type ServiceSpec = StackSpec['services'][string];
