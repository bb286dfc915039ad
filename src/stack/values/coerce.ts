import { parseMemorySize } from '../../lib/memory-size.ts';
import { Secret } from '../../lib/secret.ts';
import type { ValueScalar, ValueType } from '../contract/model.ts';
import { numberFault, readInteger, readNumber } from '../source/exact-number.ts';
import { isImageName } from './image-name.ts';

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
  const raw = given instanceof Secret ? given.reveal() : given;
  const isHidden = given instanceof Secret || rule.type === 'secret';
  if (raw === null) return no(`is empty: ${EMPTY[rule.type] ?? `it must be ${TYPE_NAMES[rule.type]}`}`);
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
    return no(`must be ${TYPE_NAMES[rule.type]}`);
  }
  const text = String(raw);
  const not = isHidden ? '' : `, not ${JSON.stringify(raw)}`;
  // One line of a configuration file must stay one line.
  if (hasControlCharacter(text)) return no('must not contain line breaks or control characters');
  const value = READERS[rule.type](text);
  if (value === undefined) return no(`must be ${TYPE_NAMES[rule.type]}${reasonOf(rule.type, text)}${not}`);
  const fault = faultOf(rule, value);
  if (fault === undefined) return { ok: true, value };
  return no(isHidden ? fault : `${fault}, not ${JSON.stringify(value)}`);
}

/** `~` and `null` are empty in YAML too. */
const IN_QUOTES = 'write "" for an empty text, and put ~ or null in quotes where they are meant as text';
const EMPTY: Partial<Record<ValueType, string>> = { string: IN_QUOTES, secret: IN_QUOTES };

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
  integer: readInteger,
  number: readNumber,
  // As YAML 1.2 writes them.
  boolean: (text) => (/^(true|True|TRUE)$/.test(text) ? true : /^(false|False|FALSE)$/.test(text) ? false : undefined),
  port: (text) => {
    const port = readInteger(text);
    return port !== undefined && port >= 1 && port <= 65_535 ? port : undefined;
  },
  image: (text) => (isImageName(text) ? text : undefined),
  // The text is kept for the server, which knows the same units.
  bytes: (text) => (parseMemorySize(text) === undefined ? undefined : text),
  secret: (text) => new Secret(text),
};

/** Why text that looks like a number is not one. */
function reasonOf(type: ValueType, text: string): string {
  if (type !== 'integer' && type !== 'number' && type !== 'port') return '';
  const fault = numberFault(text);
  return fault === undefined ? '' : ` ${fault}`;
}

/** What the value must be and is not. */
function faultOf({ type, min, max, choices, pattern }: ValueRule, value: ValueScalar): string | undefined {
  if (typeof value === 'number' && min !== undefined && value < min) return `must be at least ${min}`;
  if (typeof value === 'number' && max !== undefined && value > max) return `must be at most ${max}`;
  if (choices !== undefined && !choices.some((choice) => textOf(READERS[type](String(choice))) === textOf(value))) {
    return type === 'secret' ? 'must be one of the choices in stack.yaml' : `must be one of ${choices.join(', ')}`;
  }
  return pattern === undefined || matches(pattern, value) ? undefined : pattern.rule;
}

function textOf(value: ValueScalar | undefined): string {
  return value instanceof Secret ? value.reveal() : String(value);
}

function matches(pattern: ValuePattern, value: ValueScalar): boolean {
  return new RegExp(`^(?:${pattern.matches})$`).test(textOf(value));
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}

function no(message: string): Coerced {
  return { ok: false, message };
}
