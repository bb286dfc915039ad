import { Secret } from '../../lib/secret.ts';
import type { ValueScalar } from '../contract/model.ts';

/** A `{{name}}` in stack.yaml. */
export interface Reference {
  /** Path of the text that holds it, below the searched data. */
  readonly path: readonly PropertyKey[];
  readonly name: string;
}

/** Every `{{name}}` in a tree of data. */
export function referencesIn(data: unknown, path: readonly PropertyKey[] = []): readonly Reference[] {
  if (typeof data === 'string') return namesIn(data).map((name) => ({ path, name }));
  if (Array.isArray(data)) return data.flatMap((item, index) => referencesIn(item, [...path, index]));
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, value]) => referencesIn(value, [...path, key]));
}

/**
 * The data with every `{{name}}` replaced. Text that is nothing but one reference becomes the value itself, with its
 * type; inside other text a value is inserted as text, and a secret makes the whole text a secret. Names were checked
 * when the stack was loaded; an unknown one stays as it is.
 */
export function fillReferences(data: unknown, values: ReadonlyMap<string, ValueScalar>): unknown {
  if (typeof data === 'string') return fillText(data, values);
  if (Array.isArray(data)) return data.map((item) => fillReferences(item, values));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, fillReferences(value, values)]));
}

const REFERENCE = /\{\{\s*([^{}]*?)\s*\}\}/g;

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1] ?? '');
}

function fillText(text: string, values: ReadonlyMap<string, ValueScalar>): ValueScalar {
  const [whole] = text.matchAll(REFERENCE);
  if (whole?.[0] === text) return values.get(whole[1] ?? '') ?? text;
  const hasSecret = namesIn(text).some((name) => values.get(name) instanceof Secret);
  const filled = text.replaceAll(REFERENCE, (reference, name: string) => {
    const value = values.get(name) ?? reference;
    return value instanceof Secret ? value.reveal() : String(value);
  });
  return hasSecret ? new Secret(filled) : filled;
}
