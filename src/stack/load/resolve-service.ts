import { join, resolve } from 'node:path';
import { defined } from '../../lib/defined.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Kind } from '../contract/kind.ts';
import type { BuildSource, ConfigTemplate, EnvironmentVariable, Service, ValueScalar } from '../contract/model.ts';
import { serverOf } from '../derived/server-of.ts';
import { givenImage } from '../values/image-values.ts';
import { withStackPaths } from './compose-paths.ts';
import { countOf, indexes, kindOf, valueMap } from './filled-spec.ts';
import { fillReferences, referencesIn } from './references.ts';
import type { ResolveInput } from './resolution.ts';
import { resolveInstance } from './resolve-instance.ts';
import type { ServiceSpec } from './spec.ts';
import { volumesOf } from './volumes.ts';

export function resolveService(name: string, spec: ServiceSpec, serviceIndex: number, input: ResolveInput): Service {
  const { loaded, values, decisions } = input;
  const kind = kindOf(spec, loaded);
  const filled = valueMap(values);
  const options = kind.options.parse(fillReferences(spec.options, filled));
  const command = commandOf(spec, kind, input);
  return {
    name,
    kind,
    instances: indexes(countOf(name, spec, decisions?.counts)).map((index) =>
      resolveInstance({ service: name, spec, kind, serviceIndex, index, input }),
    ),
    declaredInstances: spec.instances,
    image: imageOf(name, spec, serverOf({ kind, options, command }).image, input),
    imageValues: referencesIn([spec.image, typeof spec.build === 'object' ? spec.build.args : {}]).map(
      (one) => one.name,
    ),
    options,
    dependsOn: spec.dependsOn,
    monitors: spec.monitors,
    primaryFrom: spec.primaryFrom,
    config: configOf(kind, loaded.templates.get(name) ?? []),
    compose: withStackPaths(
      fillReferences(spec.compose, forCompose(filled)) as Readonly<Record<string, unknown>>,
      loaded.folder,
    ),
    ...volumesOf(spec),
    build: buildOf(name, spec, input),
    command,
    environment: [...fromFiles(loaded.envFiles.get(name) ?? new Map(), spec), ...declared(spec, filled)],
    through: spec.through,
  };
}

/** What `environment` says itself counts. */
function fromFiles(files: ReadonlyMap<string, Secret>, { environment }: ServiceSpec): readonly EnvironmentVariable[] {
  const variables = [...files].filter(([name]) => !(name in environment));
  return variables.map(([name, value]) => ({ name, value, description: undefined, isLiteral: true }));
}

function declared(
  { environment }: ServiceSpec,
  values: ReadonlyMap<string, ValueScalar>,
): readonly EnvironmentVariable[] {
  return Object.entries(environment).map(([name, given]) => {
    const { value, description } = typeof given === 'object' ? given : { value: given, description: undefined };
    return { name, value: fillReferences(value, values) as ValueScalar, description };
  });
}

/** Compose replaces `$NAME` where the stack writes it; what a value holds is meant literally. */
function forCompose(values: ReadonlyMap<string, ValueScalar>): ReadonlyMap<string, ValueScalar> {
  return new Map(
    [...values].map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('$', '$$$$') : value]),
  );
}

/** The stack's own templates, and the kind's default for every other file. */
function configOf({ defaultConfig = [] }: Kind, given: readonly ConfigTemplate[]): readonly ConfigTemplate[] {
  return [...given, ...defaultConfig.filter(({ target }) => !given.some((own) => own.target === target))];
}

/** What is built from source has an image of the project's own, so that projects do not build over each other. */
function imageOf(
  name: string,
  { image, build }: ServiceSpec,
  defaultImage: string,
  { values, identity }: ResolveInput,
): string {
  const given = givenImage(name, values);
  if (given !== undefined) return given;
  if (image !== undefined) return String(fillReferences(image, valueMap(values)));
  return build === undefined ? defaultImage : `stackctl/${identity.id}-${name}`;
}

/**
 * Of this runtime, where they differ; empty: what the image does. A kind that takes any image works in no folder of the stack: a program
 * of this machine that is named by a path is found by all of it.
 */
function commandOf(
  { command: given = [], build }: ServiceSpec,
  kind: Kind,
  { loaded, runtime }: ResolveInput,
): readonly string[] {
  const command = Array.isArray(given) ? given : (given[runtime.name] ?? []);
  const [program, ...args] = command;
  if (program?.includes('/') !== true || kind.takesAnyImage !== true || runtime.startsFrom === 'image') return command;
  const context = typeof build === 'object' ? build.context : (build ?? '.');
  return [resolve(loaded.folder, context, program), ...args];
}

function buildOf(name: string, { build }: ServiceSpec, { loaded, values }: ResolveInput): BuildSource | undefined {
  if (build === undefined) return undefined;
  const { context, args, dockerfile, target } = typeof build === 'string' ? { context: build, args: {} } : build;
  const filled = Object.entries(args).map(([arg, value]) => [arg, String(fillReferences(value, valueMap(values)))]);
  const content = loaded.builds.get(name) ?? '';
  return {
    folder: join(loaded.folder, context),
    args: Object.fromEntries(filled),
    ...defined({ file: dockerfile, target }),
    content,
  };
}
