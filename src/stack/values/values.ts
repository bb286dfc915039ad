import { defined } from '../../lib/defined.ts';
import { Secret } from '../../lib/secret.ts';
import type { Profile, ResolvedValue, ValueScalar } from '../contract/model.ts';
import { fieldName, type Position, type Problem, problemsError } from '../source/problem.ts';
import { suggest } from '../source/suggest.ts';
import { coerce } from './coerce.ts';
import type { GivenValue } from './given-values.ts';
import type { ValueSpec } from './value-spec.ts';

export interface ValuesInput {
  readonly stack: string;
  readonly specs: Readonly<Record<string, ValueSpec>>;
  /** Values that exist only when they are given; they have no default. */
  readonly implied?: Readonly<Record<string, ValueSpec>>;
  /** Highest precedence first. */
  readonly given: readonly GivenValue[];
  /** Problems that were found while the sources were read; reported together with the rest. */
  readonly problems?: readonly Problem[];
  readonly profile: Profile;
  /** Secrets that were generated for this project before. */
  readonly generated: Readonly<Record<string, Secret>>;
  /** 32 random bytes. */
  readonly random: () => Buffer;
}

export interface ValuesResult {
  readonly values: readonly ResolvedValue[];
  /** All generated secrets that are in force, old and new, to be kept. */
  readonly generated: Readonly<Record<string, Secret>>;
}

/**
 * One value for every name that the stack declares, from the first source that gives it. In the profile `production`, and
 * where the stack says so in every one, a secret that was not given is generated instead of taken from the stack.
 * @throws E_VALUE_INVALID listing everything that was given wrongly, also what another source overrides.
 */
export function resolveValues(input: ValuesInput): ValuesResult {
  const { problems, ...result } = readValues(input);
  if (problems.length > 0) throw invalidValues(input.stack, problems);
  return result;
}

/** Like `resolveValues`, for a caller that looks for further mistakes before it reports these: wrong values are left out. */
export function readValues(input: ValuesInput): ValuesResult & { readonly problems: readonly Problem[] } {
  const implied = Object.entries(input.implied ?? {}).filter(([name]) => !Object.hasOwn(input.specs, name));
  const specs = { ...Object.fromEntries(implied), ...input.specs };
  const checked = input.given.map((given) => ({ given, problems: problemsOf(given, specs) }));
  const right = checked.filter(({ problems }) => problems.length === 0).map(({ given }) => given);
  const wanted = [
    ...Object.entries(input.specs),
    ...implied.filter(([name]) => right.some((one) => one.name === name)),
  ];
  const resolved = wanted.map(([name, spec]) => resolveOne(name, spec, { ...input, given: right }));
  return {
    problems: [...(input.problems ?? []), ...checked.flatMap(({ problems }) => problems)],
    values: resolved,
    generated: Object.fromEntries(
      resolved.flatMap(({ name, value, origin }) =>
        GENERATED.has(origin) && value instanceof Secret ? [[name, value]] : [],
      ),
    ),
  };
}

export function invalidValues(stack: string, problems: readonly Problem[]): Error {
  return problemsError(
    'E_VALUE_INVALID',
    `the configuration of stack ${stack}`,
    problems,
    'Run: stackctl config --origins, which prints every value, its type and where it comes from.',
  );
}

/** Origin of a value that was not given. */
export const BUILT_IN = 'built-in';
const GENERATED_ALWAYS = 'generated';
const GENERATED_HERE = 'generated (profile production)';
const GENERATED: ReadonlySet<string> = new Set([GENERATED_ALWAYS, GENERATED_HERE]);

function problemsOf(given: GivenValue, specs: ValuesInput['specs']): readonly Problem[] {
  const spec = Object.hasOwn(specs, given.name) ? specs[given.name] : undefined;
  if (spec !== undefined) {
    const coerced = coerce(spec, given.given);
    return coerced.ok ? [] : [problemOf(given, given.position, coerced.message)];
  }
  if (given.optional === true) return [];
  const names = Object.keys(specs);
  return [
    {
      ...problemOf(given, given.namePosition, 'the stack has no such value'),
      ...defined({ suggestion: suggest(given.name, names) }),
    },
  ];
}

function problemOf({ name, origin }: GivenValue, position: Position | undefined, message: string): Problem {
  return { ...(position ?? { origin }), field: fieldName([name]), message };
}

function resolveOne(name: string, spec: ValueSpec, input: ValuesInput): ResolvedValue {
  const { type, description } = spec;
  const given = input.given.find((candidate) => candidate.name === name);
  if (given !== undefined) {
    return { name, type, description, value: coerced(spec, given.given), origin: given.origin };
  }
  if (type === 'secret' && (spec.generated === true || input.profile === 'production')) {
    const value = input.generated[name] ?? new Secret(input.random().toString('base64url'));
    return { name, type, description, value, origin: spec.generated === true ? GENERATED_ALWAYS : GENERATED_HERE };
  }
  return { name, type, description, value: coerced(spec, spec.default), origin: BUILT_IN };
}

function coerced(spec: ValueSpec, given: unknown): ValueScalar {
  const result = coerce(spec, given);
  if (!result.ok) throw new Error(`a value of type ${spec.type} was used before it was checked: ${result.message}`);
  return result.value;
}
