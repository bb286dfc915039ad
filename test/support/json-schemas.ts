/** The JSON Schemas of what users write, for editors: made from the schemas that stackctl checks these files with. */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import * as z from 'zod';
import { configSchema } from '../../src/project/config.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import { stackSpec } from '../../src/stack/load/spec.ts';
import { profileSchema } from '../../src/traffic/profile-schema.ts';

/** As JSON is; `properties` and the like are looked for by name. */
export type JsonSchema = { [key: string]: unknown };

export const SCHEMA_TITLES = {
  stack: 'stack.yaml: a stack of stackctl',
  config: 'stackctl.yaml: settings of stackctl for a folder',
  traffic: 'A traffic profile of stackctl',
} as const;

/** Draft 7: what every YAML language server reads. */
export function schemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'draft-7' }) as JsonSchema;
}

export function trafficSchema(): JsonSchema {
  return { title: SCHEMA_TITLES.traffic, ...schemaOf(profileSchema) };
}

export function configJsonSchema(): JsonSchema {
  return { title: SCHEMA_TITLES.config, ...schemaOf(configSchema) };
}

/**
 * @param reference docs/stack.yaml: its comments explain the keys.
 * @param kinds each checks the options of its services.
 */
export function stackSchema(reference: string, kinds: readonly Kind[]): JsonSchema {
  const schema = { title: SCHEMA_TITLES.stack, ...schemaOf(stackSpec) };
  const service = child(child(schema, 'properties', 'services'), 'additionalProperties');
  child(service, 'properties').kind = { type: 'string', enum: kinds.map(({ name }) => name) };
  for (const [path, text] of commentsOf(reference)) describeAt(schema, path, text);
  service.allOf = kinds.map((kind) => ({
    if: { properties: { kind: { const: kind.name } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { properties: { options: orValue(withoutHead(schemaOf(kind.options))) } },
  }));
  return schema;
}

function withoutHead({ $schema: _, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** What stands for a value of the stack. */
const VALUE = { type: 'string', pattern: '\\{\\{[^{}]+\\}\\}' };

/** Every field that text with a value in it would not fit. The value's type counts once it is filled in. */
function orValue(schema: JsonSchema): JsonSchema {
  const own = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, inside(key, part)]));
  const takesAnyText =
    own.type === undefined || (types(own).includes('string') && !('pattern' in own) && !('enum' in own));
  if (own.type === 'object' || own.type === 'array' || takesAnyText) return own;
  const { default: fallback, description, ...rest } = own;
  return {
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    anyOf: [rest, VALUE],
  };
}

function types({ type }: JsonSchema): readonly unknown[] {
  return Array.isArray(type) ? type : [type];
}

function inside(key: string, part: unknown): unknown {
  if (key === 'properties') return mapped(part as JsonSchema, orValue);
  if (key === 'items' || key === 'additionalProperties') return isSchema(part) ? orValue(part) : part;
  return key === 'anyOf' || key === 'oneOf' ? (part as JsonSchema[]).map(orValue) : part;
}

function mapped(parts: JsonSchema, change: (part: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, change(part as JsonSchema)]));
}

function isSchema(part: unknown): part is JsonSchema {
  return typeof part === 'object' && part !== null;
}

/** @throws when there is none: the schemas changed, and so must what looks into them. */
function child(schema: JsonSchema, ...keys: readonly string[]): JsonSchema {
  return keys.reduce((at, key) => {
    const next = at[key];
    if (!isSchema(next)) throw new Error(`no ${key} in the schema of stack.yaml`);
    return next;
  }, schema);
}

/** The comments before keys, without `Required.` and `Optional.`: the schema says that. */
function* commentsOf(reference: string): Generator<readonly [path: readonly string[], text: string]> {
  const { contents } = parseDocument(reference);
  if (isMap(contents)) yield* commentsIn(contents, []);
}

function* commentsIn(map: YAMLMap, above: readonly string[]): Generator<readonly [readonly string[], string]> {
  for (const [index, pair] of map.items.entries()) {
    const { key, value } = pair as Pair;
    if (!isScalar(key)) continue;
    const path = [...above, String(key.value)];
    // Before the first key it belongs to the map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
    // At the top of the file stands what the whole of it is.
    const text = comment?.split('\n\n').at(-1) ?? '';
    if (text !== '') yield [path, sentenceOf(text)];
    if (isMap(value)) yield* commentsIn(value, path);
  }
}

function sentenceOf(comment: string): string {
  const text = comment.replaceAll(/\s*\n\s*/g, ' ').trim();
  return text.replace(/^(Required|Optional)(, default ([^.]+))?\.\s*/, (_, __, ___, fallback?: string) =>
    fallback === undefined ? '' : `Default ${fallback}. `,
  );
}

/** Puts it where the path of stack.yaml leads to; the first explanation of a key stays. Names of services and the like are any. */
function describeAt(schema: JsonSchema, path: readonly string[], text: string): void {
  const found = path.reduce<JsonSchema | undefined>((at, key) => step(at, key), schema);
  if (found !== undefined && found.description === undefined && text !== '') found.description = text;
}

function step(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  const forms = [schema, ...((schema?.anyOf ?? []) as JsonSchema[])].filter(isSchema);
  const named = forms.map(({ properties }) => (isSchema(properties) ? properties[key] : undefined)).find(isSchema);
  return named ?? forms.map(({ additionalProperties }) => additionalProperties).find(isSchema);
}
