import type { SchemaObject } from '../stack/contract/schema.ts';
import { lineDiff } from './line-diff.ts';

/** An object that two schemas do not have alike. JSON-ready. */
export interface SchemaDifference {
  readonly type: string;
  readonly name: string;
  /** `missing`: only the expected schema has it. `extra`: only the other one. */
  readonly state: 'missing' | 'extra' | 'different';
  /** Lines of its statements: `-` as expected, `+` as found. */
  readonly diff: string;
}

/** Compares two schemas object by object, whatever the order of the objects. Pure. */
export function compareSchemas(
  expected: readonly SchemaObject[],
  found: readonly SchemaObject[],
): readonly SchemaDifference[] {
  const there = new Map(found.map((object) => [keyOf(object), object]));
  const known = new Set(expected.map(keyOf));
  return [
    ...expected.flatMap((object): readonly SchemaDifference[] => {
      const other = there.get(keyOf(object));
      if (other?.sql === object.sql) return [];
      return [differenceOf(object, object.sql, other?.sql)];
    }),
    ...found.filter((object) => !known.has(keyOf(object))).map((object) => differenceOf(object, undefined, object.sql)),
  ];
}

function keyOf({ type, name }: SchemaObject): string {
  return `${type} ${name}`;
}

function differenceOf(
  { type, name }: SchemaObject,
  expected: string | undefined,
  found: string | undefined,
): SchemaDifference {
  const state = expected === undefined ? 'extra' : found === undefined ? 'missing' : 'different';
  return { type, name, state, diff: lineDiff(expected ?? '', found ?? '') };
}

/** The schema as one text: what each object is stands above its statements. Pure. */
export function schemaText(objects: readonly SchemaObject[]): string {
  return objects.map(({ type, name, sql }) => `-- ${`${type} ${oneLine(name)}`.trimEnd()}\n${sql}`).join('\n');
}

/** A line end in a name would end the comment. */
function oneLine(name: string): string {
  return name.replace(/[\r\n]+/g, ' ');
}
