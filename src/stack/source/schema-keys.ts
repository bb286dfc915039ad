import type { ZodType } from 'zod';

/** The parts of a zod schema that are needed to walk it; the same for every schema class. */
interface Walkable {
  readonly def: {
    readonly type: string;
    readonly shape?: Readonly<Record<string, ZodType>>;
    readonly innerType?: ZodType;
    readonly valueType?: ZodType;
    readonly element?: ZodType;
    readonly in?: ZodType;
    readonly out?: ZodType;
    readonly options?: readonly ZodType[];
  };
}

/** Keys that an object at `path` of data with this schema may have; undefined when the schema does not name them. */
export function keysAt(schema: ZodType, path: readonly PropertyKey[]): readonly string[] | undefined {
  let objects = [schema];
  for (const step of path) objects = objects.flatMap(unwrap).flatMap((object) => childOf(object, step));
  const shapes = objects.flatMap(unwrap).map((object) => definition(object).shape);
  const known = shapes.filter((shape) => shape !== undefined);
  return known.length === 0 ? undefined : known.flatMap((shape) => Object.keys(shape));
}

/** What may stand at `path` of data with this schema, in zod's words (`string`, `number`, `record`, …); of a union all. */
export function typesAt(schema: ZodType, path: readonly PropertyKey[]): readonly string[] {
  let found = [schema];
  for (const step of path) found = found.flatMap(unwrap).flatMap((object) => childOf(object, step));
  return found.flatMap(unwrap).map((object) => definition(object).type);
}

/**
 * Paths of all named keys, `*` for the free keys of a map and the items of a list, e.g. `services.*.kind`. What holds itself is gone
 * through once.
 * @param around the schemas that this one is a part of.
 */
export function keyPaths(
  schema: ZodType,
  prefix: readonly string[] = [],
  around: readonly ZodType[] = [],
): readonly string[] {
  return unwrap(schema).flatMap((object) => {
    if (around.includes(object)) return [];
    const within = [...around, object];
    const { shape, valueType, element } = definition(object);
    if (shape !== undefined) {
      return Object.entries(shape).flatMap(([key, value]) => [
        [...prefix, key].join('.'),
        ...keyPaths(value, [...prefix, key], within),
      ]);
    }
    const free = valueType ?? element;
    return free === undefined ? [] : keyPaths(free, [...prefix, '*'], within);
  });
}

/** Looks through optional, default and transformed schemas, and into every branch of a union. */
function unwrap(schema: ZodType): readonly ZodType[] {
  const { innerType, options, ...rest } = definition(schema);
  if (innerType !== undefined) return unwrap(innerType);
  if (rest.type === 'pipe' && rest.in !== undefined) {
    // What is put right before it is checked has no keys before that.
    return unwrap(definition(rest.in).type === 'transform' ? (rest.out ?? rest.in) : rest.in);
  }
  return options === undefined ? [schema] : options.flatMap(unwrap);
}

function childOf(schema: ZodType, step: PropertyKey): readonly ZodType[] {
  const { shape, valueType, element } = definition(schema);
  const child = shape === undefined ? (valueType ?? element) : shape[String(step)];
  return child === undefined ? [] : [child];
}

function definition(schema: ZodType): Walkable['def'] {
  return (schema as unknown as Walkable).def;
}
