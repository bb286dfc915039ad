import type { ZodType, z } from 'zod';
import { defined } from '../../lib/defined.ts';
import { Secret } from '../../lib/secret.ts';
import { fieldName, type Problem } from './problem.ts';
import { keysAt, typesAt } from './schema-keys.ts';
import { suggest } from './suggest.ts';
import type { YamlSource } from './yaml-source.ts';

/** A mistake in data that a schema found, before it is known where that data stands. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  /** Whether the key is wrong or what it holds. */
  readonly part: 'key' | 'value';
  readonly message: string;
  readonly suggestion?: string;
}

/** Every mistake of `value` under `schema`, worded for the person who wrote the file. */
export function mistakesIn(schema: ZodType, value: unknown): readonly Mistake[] {
  // What a schema has no words of its own for is worded here.
  const result = schema.safeParse(value, { error: () => '' });
  return result.success ? [] : result.error.issues.flatMap((issue) => mistakesOf(issue, schema, value));
}

/** Mistakes of a whole YAML file as problems. */
export function placeMistakes(mistakes: readonly Mistake[], source: YamlSource): readonly Problem[] {
  return mistakes.map(({ path, part, message, suggestion }) => ({
    ...source.at(path, part),
    field: fieldName(path),
    message,
    ...defined({ suggestion }),
  }));
}

function mistakesOf(issue: z.core.$ZodIssue, schema: ZodType, root: unknown): readonly Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path) ?? [];
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      part: 'key',
      message: known.length === 0 ? 'unknown key' : `unknown key (known: ${known.join(', ')})`,
      ...defined({ suggestion: suggest(key, known) }),
    }));
  }
  const found = valueAt(root, issue.path);
  const part = issue.code === 'invalid_key' ? 'key' : 'value';
  if (found === undefined && part === 'value') return [{ path: issue.path, part, message: missing(issue) }];
  return [
    {
      path: issue.path,
      part,
      message: wording(issue, found, schema),
      ...defined({ suggestion: suggestionFor(issue, found) }),
    },
  ];
}

function missing(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_type' ? `is missing; it must be ${nameOfType(issue.expected)}` : 'is missing';
}

function wording(issue: z.core.$ZodIssue, found: unknown, schema: ZodType): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'string' && (typeof found === 'number' || typeof found === 'boolean')
        ? 'must be text: put it in quotes'
        : `must be ${nameOfType(issue.expected)}, not ${typeOf(found)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}, not ${describe(found)}`;
    case 'too_small':
      return (
        issue.message ||
        `must ${bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`
      );
    case 'too_big':
      return (
        issue.message ||
        `must ${bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`
      );
    case 'not_multiple_of':
      return issue.message || `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return issue.issues[0]?.message || 'is a name that cannot be used here';
    case 'invalid_union':
      return issue.message || `must be ${oneOfTypes(schema, issue.path)}, not ${typeOf(found)}`;
    default:
      return issue.message || 'is not written as it has to be';
  }
}

/** `text, a number or a list`. */
function oneOfTypes(schema: ZodType, path: readonly PropertyKey[]): string {
  const names = [...new Set(typesAt(schema, path).map(nameOfType))];
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function bound(origin: string, side: string, limit: number | bigint): string {
  if (origin === 'number' || origin === 'int') return `be ${side} ${limit}`;
  if (origin === 'string') return `have ${side} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  return `have ${side} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
}

function suggestionFor(issue: z.core.$ZodIssue, found: unknown): string | undefined {
  return issue.code === 'invalid_value' && typeof found === 'string'
    ? suggest(found, issue.values.map(String))
    : undefined;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
  enum: 'one of the words for it',
  literal: 'one of the words for it',
  null: 'empty',
};

function nameOfType(expected: string): string {
  return TYPE_NAMES[expected] ?? 'of another type';
}

/** What the user wrote by its type only: a text that stands where a map belongs may be a secret. */
function typeOf(found: unknown): string {
  if (typeof found === 'string') return 'text';
  if (typeof found === 'number' || typeof found === 'bigint') return 'a number';
  return describe(found);
}

/** What the user wrote, short enough for a line. A list, a map and a secret are named by their type only. */
export function describe(found: unknown): string {
  if (found === null || found === undefined) return 'empty';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return found instanceof Secret ? 'a secret' : 'a map';
  return JSON.stringify(found);
}
