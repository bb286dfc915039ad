import { parseMemorySize } from '../lib/memory-size.ts';
import { Secret } from '../lib/secret.ts';
import { isImageName } from './image-name.ts';
import type { ValueScalar, ValueType } from './model.ts';

/** What a value must satisfy, as stack.yaml declares it. */
export interface ValueRule {
  readonly type: ValueType;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly choices?: readonly (string | number | boolean)[] | undefined;
  readonly pattern?: ValuePattern | undefined;
}

/** A regular expression that the whole text has to match, and what that means for a person: `must be …`. */
export interface ValuePattern {
  readonly matches: string;
  readonly rule: string;
}

export type Coerced =
  | { readonly ok: true; readonly value: ValueScalar }
  /** What the value must be, e.g. `must be an integer, not "abc"`. Never the text of a secret. */
  | { readonly ok: false; readonly message: string };

/** Turns what the user gave, text from a flag or a scalar from YAML, into a value of the declared type. */
export function coerce(rule: ValueRule, given: unknown): Coerced {
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') {
    return no(`must be ${TYPE_NAMES[rule.type]}`);
  }
  const text = String(given);
  // One line of a configuration file must stay one line.
  if (hasControlCharacter(text)) return no('must not contain line breaks or control characters');
  const value = READERS[rule.type](text);
  if (value === undefined) {
    return no(`must be ${TYPE_NAMES[rule.type]}${rule.type === 'secret' ? '' : `, not ${JSON.stringify(given)}`}`);
  }
  return outOfRange(rule, value) ?? { ok: true, value };
}

const TYPE_NAMES: Readonly<Record<ValueType, string>> = {
  string: 'text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  port: 'a port (1 to 65535)',
  image: 'the name of an image, [registry[:port]/]path[:tag][@digest] in lower case',
  bytes: 'a size such as 512mb, 1gb or 1048576',
  secret: 'text',
};

const READERS: Readonly<Record<ValueType, (text: string) => ValueScalar | undefined>> = {
  string: (text) => text,
  integer: (text) => (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined),
  number: (text) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined),
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
  port: (text) => (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined),
  image: (text) => (isImageName(text) ? text : undefined),
  // The text is kept for the server, which knows the same units.
  bytes: (text) => (parseMemorySize(text) === undefined ? undefined : text),
  secret: (text) => new Secret(text),
};

function outOfRange({ min, max, choices, pattern }: ValueRule, value: ValueScalar): Coerced | undefined {
  if (typeof value === 'number' && min !== undefined && value < min) return no(`must be at least ${min}, not ${value}`);
  if (typeof value === 'number' && max !== undefined && value > max) return no(`must be at most ${max}, not ${value}`);
  if (choices !== undefined && !(value instanceof Secret) && !choices.map(String).includes(String(value))) {
    return no(`must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`);
  }
  if (pattern !== undefined && !matches(pattern, value)) {
    return no(value instanceof Secret ? pattern.rule : `${pattern.rule}, not ${JSON.stringify(value)}`);
  }
  return undefined;
}

function matches(pattern: ValuePattern, value: ValueScalar): boolean {
  return new RegExp(`^(?:${pattern.matches})$`).test(value instanceof Secret ? value.reveal() : String(value));
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function no(message: string): Coerced {
  return { ok: false, message };
}
