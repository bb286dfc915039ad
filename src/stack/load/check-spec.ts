/** Checks of a stack.yaml that a schema cannot make: what its parts say about each other. All pure. */

import { defined } from '../../lib/defined.ts';
import type { ValueScalar, ValueType } from '../contract/model.ts';
import { addressReference } from '../derived/environment.ts';
import { cyclesIn } from '../derived/graph.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import { coerce, type ValuePattern } from '../values/coerce.ts';
import { patternSpec } from '../values/value-spec.ts';
import { filledCommands } from './check-commands.ts';
import { composeMistakes } from './check-compose.ts';
import type { Outline, OutlineService } from './outline.ts';
import { type PortRange, portRanges, rangeProblems } from './port-ranges.ts';
import { referencesIn } from './references.ts';

/** Mistakes of the whole file. `kindNames` are the folders under src/kinds. */
export function checkSpec(outline: Outline, kindNames: readonly string[]): readonly Mistake[] {
  return [
    ...badDefaults(outline),
    ...unknownKinds(outline, kindNames),
    ...unknownServices(outline),
    ...sharedNames(outline),
    ...composeMistakes(outline),
    ...unknownValues(outline),
    ...filledCommands(outline),
    ...cycles(outline),
    ...portClashes(outline),
  ];
}

/** The values that a stack has when its user gives none; wrong defaults are left out. */
export function defaultValues(outline: Outline): ReadonlyMap<string, ValueScalar> {
  const values = new Map<string, ValueScalar>();
  for (const [name, { raw, fallback }] of outline.values) {
    const rule = ruleOf(raw);
    const coerced = rule === undefined ? undefined : coerce(rule, fallback);
    if (coerced?.ok === true) values.set(name, coerced.value);
  }
  return values;
}

function badDefaults({ values }: Outline): readonly Mistake[] {
  return [...values].flatMap(([name, { raw, fallback }]): readonly Mistake[] => {
    const rule = ruleOf(raw);
    if (rule === undefined || typeof fallback === 'object' || fallback === undefined) return [];
    const coerced = coerce(rule, fallback);
    return coerced.ok ? [] : [{ path: ['values', name, 'default'], part: 'value', message: coerced.message }];
  });
}

const TYPES = ['string', 'integer', 'number', 'boolean', 'port', 'image', 'bytes', 'secret'] satisfies ValueType[];

function ruleOf({
  type,
  min,
  max,
  choices,
  pattern,
}: Readonly<Record<string, unknown>>): Parameters<typeof coerce>[0] | undefined {
  const known = TYPES.find((candidate) => candidate === type);
  if (known === undefined) return undefined;
  return {
    type: known,
    min: typeof min === 'number' ? min : undefined,
    max: typeof max === 'number' ? max : undefined,
    choices: Array.isArray(choices) ? choices : undefined,
    pattern: patternOf(pattern),
  };
}

/** A pattern that the schema refuses is reported there, and is not checked here. */
function patternOf(pattern: unknown): ValuePattern | undefined {
  const parsed = patternSpec.safeParse(pattern);
  return parsed.success ? parsed.data : undefined;
}

function unknownKinds({ services }: Outline, kindNames: readonly string[]): readonly Mistake[] {
  return [...services].flatMap(([name, { kind }]) =>
    kind === undefined || kindNames.includes(kind)
      ? []
      : [unknown(['services', name, 'kind'], 'kind', kind, kindNames)],
  );
}

function unknownServices({ services, migrations }: Outline): readonly Mistake[] {
  const names = [...services.keys()];
  const check = (path: readonly PropertyKey[], name: string | undefined, part: Mistake['part'] = 'value') =>
    name === undefined || services.has(name) ? [] : [{ ...unknown(path, 'service', name, names), part }];
  return [
    ...[...services].flatMap(([name, service]) => [
      ...service.dependsOn.flatMap((other, index) => check(['services', name, 'dependsOn', index], other)),
      ...check(['services', name, 'monitors'], service.monitors),
      ...check(['services', name, 'primaryFrom'], service.primaryFrom),
      ...check(['services', name, 'through'], service.through),
    ]),
    ...[...migrations.keys()].flatMap((name) => check(['migrations', name], name, 'key')),
  ];
}

/** A service `redis-2` and the second instance of `redis` would have one name. */
function sharedNames({ services }: Outline): readonly Mistake[] {
  return [...services.keys()].flatMap((name) => {
    const other = /^(.+)-[1-9]\d*$/.exec(name)?.[1];
    if (other === undefined || !services.has(other)) return [];
    const message = `is the name of an instance of the service ${other} too: choose another one`;
    return [{ path: ['services', name], part: 'key', message }];
  });
}

function unknownValues(outline: Outline): readonly Mistake[] {
  const names = [...outline.values.keys()];
  const searched = [
    ...referencesIn(outline.network, ['network']),
    ...[...outline.services].flatMap(([name, service]) => [
      ...FILLED.flatMap((key) => referencesIn(service[key], ['services', name, key])),
    ]),
  ];
  return searched
    .filter(({ path, name }) => !outline.values.has(name) && !isAddress(path, name))
    .map(({ path, name }) => unknown(path, 'value', name, names));
}

/** Variables may also name a service: checked where the kinds are known. */
function isAddress(path: readonly PropertyKey[], name: string): boolean {
  return path[2] === 'environment' && addressReference(name) !== undefined;
}

/** The keys of a service in which `{{value}}` is replaced. */
const FILLED = [
  'image',
  'ports',
  'options',
  'compose',
  'environment',
  'buildArgs',
] as const satisfies (keyof OutlineService)[];

function cycles({ services }: Outline): readonly Mistake[] {
  const dependsOn = new Map([...services].map(([name, service]) => [name, service.dependsOn]));
  return cyclesIn(dependsOn).map((cycle) => ({
    path: ['services', cycle[0] ?? '', 'dependsOn'],
    part: 'value',
    message: `services wait for each other: ${cycle.join(' -> ')}`,
  }));
}

function portClashes(outline: Outline): readonly Mistake[] {
  return rangeProblems(defaultRanges(outline)).map(({ range, message }) => ({
    path: ['services', range.service, 'ports', range.port],
    part: 'value',
    message,
  }));
}

function defaultRanges(outline: Outline): readonly PortRange[] {
  return portRanges([...outline.services], defaultValues(outline), undefined);
}

function unknown(path: readonly PropertyKey[], what: string, name: string, known: readonly string[]): Mistake {
  const suggestion = suggest(name, known);
  const list = known.length === 0 ? 'there is none' : `known: ${known.join(', ')}`;
  return {
    path,
    part: 'value',
    message: `unknown ${what} "${name}" (${list})`,
    ...defined({ suggestion }),
  };
}
