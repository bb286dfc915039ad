/** Where values come from: every source as a list of given values, each with its place for messages. */
import { isAbsolute, join } from 'node:path';
import type { Secret } from '../../lib/secret.ts';
import { readSourceIfThere } from '../../lib/source-text.ts';
import { scalarAsWritten } from '../source/as-written.ts';
import { displayPath } from '../source/display-path.ts';
import type { Position, Problem } from '../source/problem.ts';
import { suggest } from '../source/suggest.ts';
import { parseYaml, type YamlSource } from '../source/yaml-source.ts';

export interface GivenValue {
  readonly name: string;
  /** Text of a flag or variable, or whatever stands in the YAML file; a number or boolean there as it is written. */
  readonly given: unknown;
  /** As `config --origins` prints it: `--set`, `stackctl.yaml:4:3`, `STACKCTL_VALUE_QUORUM`, … */
  readonly origin: string;
  readonly position?: Position;
  /** Where the name itself stands, in a file. */
  readonly namePosition?: Position;
  /** The name need not be known to the stack: a flag kept from before the stack changed, or a file for several stacks. */
  readonly optional?: boolean;
}

export interface Given {
  readonly values: readonly GivenValue[];
  readonly problems: readonly Problem[];
}

/** `--set name=value`; the last of several for one name wins. */
export function fromSetFlags(flags: readonly string[]): Given {
  const read = flags.map((flag) => ({ flag, at: flag.indexOf('=') }));
  return {
    values: read
      .filter(({ at }) => at > 0)
      .map(({ flag, at }) => ({ name: flag.slice(0, at), given: flag.slice(at + 1), origin: '--set' }))
      .reverse(),
    problems: read
      .filter(({ at }) => at <= 0)
      // The text may be a secret whose name was forgotten.
      .map(() => ({ origin: '--set', field: '', message: 'must look like name=value' })),
  };
}

/** `--values FILE`; a later file wins over an earlier one. */
export async function fromValuesFiles(files: readonly string[], cwd: string): Promise<Given> {
  const read = await Promise.all(files.map((file) => fromValuesFile(isAbsolute(file) ? file : join(cwd, file), cwd)));
  return {
    values: read.toReversed().flatMap(({ values }) => values),
    problems: read.flatMap(({ problems }) => problems),
  };
}

async function fromValuesFile(path: string, cwd: string): Promise<Given> {
  const file = displayPath(path, cwd);
  const read = await readSourceIfThere(path);
  if (read === undefined) {
    return { values: [], problems: [{ origin: '--values', field: '', message: `there is no file ${file}` }] };
  }
  const source = parseYaml(read, file);
  const isMap = mapOf(source.value) === source.value;
  const shape = isMap || source.value === undefined ? [] : [{ ...source.at([], 'value'), field: '', message: NO_MAP }];
  return { values: fromYaml(source, []), problems: [...source.problems, ...shape] };
}

/**
 * A warning for each file of `--values` that gives nothing to this stack: every name in it is for other stacks (`name?`), or
 * misspelt.
 */
export function unusedFiles(given: readonly GivenValue[], known: readonly string[]): readonly string[] {
  const files = [...new Set(given.map(({ position }) => position?.file ?? ''))];
  return files.flatMap((file) => {
    const names = given.filter(({ position }) => position?.file === file).map(({ name }) => name);
    if (names.some((name) => known.includes(name))) return [];
    const list = names.map((name) => {
      const near = suggest(name, known);
      return near === undefined ? name : `${name} (did you mean "${near}"?)`;
    });
    const has = known.length === 0 ? 'it has no values' : `it has ${known.join(', ')}`;
    return [`nothing in ${file} applies: the stack has no value ${list.join(', ')}; ${has}`];
  });
}

const NO_MAP = 'must be a map of value names and values';

/** The entries of the map at `path` of a YAML file. `name?` is for stacks that have such a value, others pass it over. */
export function fromYaml(source: YamlSource, path: readonly string[]): readonly GivenValue[] {
  const map = path.reduce<unknown>((value, step) => mapOf(value)[step], source.value);
  return Object.entries(mapOf(map)).map(([name, given]) => {
    const position = source.at([...path, name], 'value');
    const namePosition = source.at([...path, name], 'key');
    const optional = name.endsWith('?');
    return {
      name: name.replace(/\?$/, ''),
      optional,
      given: scalarAsWritten(source, [...path, name], given),
      position,
      namePosition,
      origin: `${position.file}:${position.line}:${position.column}`,
    };
  });
}

/** Empty for anything that is not a map. */
function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Readonly<Record<string, unknown>>) : {};
}

/** `STACKCTL_VALUE_REDIS_PORT`. Only names that the stack has are looked up: a shell may serve several stacks. */
export function fromEnvironment(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly GivenValue[] {
  return names.flatMap((name) => {
    const origin = variableOf(name);
    const given = env[origin];
    return given === undefined ? [] : [{ name, given, origin }];
  });
}

/** A warning for each variable whose name is almost that of a value of this stack; other variables are for other stacks. */
export function nearVariables(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = names.map(variableOf);
  const given = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !known.includes(name));
  return given.flatMap((name) => {
    const near = suggest(
      name.slice(PREFIX.length),
      known.map((one) => one.slice(PREFIX.length)),
    );
    if (near === undefined) return [];
    return [`${name} applies to nothing: the stack has no such value; did you mean ${PREFIX}${near}?`];
  });
}

const PREFIX = 'STACKCTL_VALUE_';

/** `redisPort` -> `STACKCTL_VALUE_REDIS_PORT`, `image.test-app` -> `STACKCTL_VALUE_IMAGE_TEST_APP`. */
export function variableOf(name: string): string {
  return `${PREFIX}${name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[.-]/g, '_')
    .toUpperCase()}`;
}

/** Flags that an earlier `up` was given and that stay in force. */
export function fromKept(kept: Readonly<Record<string, string | number | boolean | Secret>>): readonly GivenValue[] {
  return Object.entries(kept).map(([name, given]) => ({ name, given, origin: KEPT, optional: true }));
}

const KEPT = 'flag of an earlier up';
