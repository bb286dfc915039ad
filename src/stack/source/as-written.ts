/**
 * YAML reads `0123`, `1e3`, `0x1F`, `1.10` and `12345678901234567890` as numbers, and a number forgets how it was written.
 * Where text is allowed as well, the characters of the file are the value. Pure.
 */
import type { ZodType } from 'zod';
import { numberFault } from './exact-number.ts';
import { typesAt } from './schema-keys.ts';
import type { YamlSource } from './yaml-source.ts';
import type { Mistake } from './zod-problems.ts';

type Path = readonly PropertyKey[];

/**
 * The data of a file with every number that would print otherwise than it is written as that text, where `isText` says
 * so. A number that is written as it prints stays one.
 */
export function asWritten(source: YamlSource, isText: (path: Path) => boolean): unknown {
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'number' || typeof value === 'boolean') {
      return isText(path) ? scalarAsWritten(source, path, value) : value;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  return walk(source.value, []);
}

/** A number or boolean that prints as it is written, and the text of every other one. */
export function scalarAsWritten<T>(source: YamlSource, path: Path, value: T): T | string {
  if (typeof value !== 'number' && typeof value !== 'boolean') return value;
  const written = source.written(path);
  return written === undefined || written === String(value) ? value : written;
}

/** Numbers that stay numbers in `data` although reading them has changed them, e.g. 12345678901234567890. */
export function changedNumbers(source: YamlSource, data: unknown, path: Path = []): readonly Mistake[] {
  if (typeof data === 'number') {
    const fault = numberFault(source.written(path) ?? '');
    return fault === undefined
      ? []
      : [{ path, part: 'value', message: `must be a number ${fault}, or text in quotes` }];
  }
  if (typeof data !== 'object' || data === null) return [];
  return Object.entries(data).flatMap(([key, item]) =>
    changedNumbers(source, item, [...path, Array.isArray(data) ? Number(key) : key]),
  );
}

/** Whether data with this schema may have text at `path` as well as a number. */
export function takesTextAndNumbers(schema: ZodType, path: Path): boolean {
  const types = typesAt(schema, path);
  return types.includes('string') && types.includes('number');
}
