/** docs/kinds.md, made from the kinds themselves. */
import { Secret } from '../../src/lib/secret.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { BinaryNeed } from '../../src/stack/contract/needs.ts';
import { kindNames, loadKind } from '../../src/stack/contract/plugins.ts';
import { type JsonSchema, schemaOf } from './json-schemas.ts';
import { EXAMPLE_SERVICE, exampleStack } from './kinds-under-test.ts';
import { EFFECT, type ServiceKey, takes } from './service-keys.ts';

const INTRODUCTION = `# Kinds

What a service of a stack can be: \`kind:\` in stack.yaml, whose keys [stack.yaml](stack.yaml) explains. This page is made from the kinds
themselves by \`npm run docs\`. Options stand under \`options:\` of the service. Where a value is a secret, it names a value of type \`secret\`
of the stack: \`"{{password}}"\`. Variables are those of \`stackctl env\` for a service that is called \`${EXAMPLE_SERVICE}\`, with the
addresses of an example. What stands under sinks and stores are the \`settings\` in a [traffic profile](traffic.md).`;

export async function kindsPage(): Promise<string> {
  const sections = await Promise.all(kindNames().map(async (name) => section(await loadKind(name))));
  return `${[INTRODUCTION, await keysOfServices(), ...sections].join('\n\n')}\n`;
}

async function keysOfServices(): Promise<string> {
  const keys = Object.entries(EFFECT) as [ServiceKey, string][];
  const rows = await Promise.all(
    keys.map(async ([key, effect]) => {
      const taken = await Promise.all(kindNames().map(async (kind) => ((await takes(kind, key)) ? [kind] : [])));
      const kinds = taken.flat();
      const isAll = kinds.length === kindNames().length;
      return [`\`${key}\``, isAll ? 'every kind' : kinds.map((kind) => `\`${kind}\``).join(', '), effect];
    }),
  );
  return `## Keys of a service\n\n${table(['key', 'taken by', 'has an effect'], rows)}`;
}

async function section(kind: Kind): Promise<string> {
  return [
    `## ${kind.name}`,
    kind.description,
    facts(kind),
    optionsOf(schemaOf(kind.options), 'option'),
    await variablesOf(kind),
    ...configsOf(kind),
    ...trafficOf(kind),
  ].join('\n\n');
}

function facts(kind: Kind): string {
  const ports = kind.ports.map(({ name, inside, published }) => {
    return `\`${name}\` (${inside}${published === false ? ', inside only' : ''})`;
  });
  const programs = kind.binaries.map(programText);
  const views = (kind.inspector?.views ?? []).map(({ name }) => `\`${name}\``);
  return table(
    ['', ''],
    [
      ['ports', ports.join(', ')],
      ['image', kind.defaultImage === '' ? 'the one of `image:` or `build:`' : `\`${kind.defaultImage}\``],
      ['programs of this machine', programs.length === 0 ? "the stack's own (`command`)" : programs.join('; ')],
      ['volumes', (kind.volumes ?? []).map((name) => `\`${name}\``).join(', ') || 'none'],
      ['migrations', kind.migrator === undefined ? 'no' : 'yes'],
      ['`stackctl cli`', kind.cli === undefined ? 'no' : 'yes'],
      ['views of `stackctl inspect`', views.join(', ') || 'none'],
      ['`stackctl failover`, `failover-test`', kind.failover === undefined ? 'no' : 'yes'],
    ],
  );
}

function programText({ name, range, packages, download }: BinaryNeed): string {
  const debian = packages.debian.length === 0 ? '' : `, Debian: ${packages.debian.join(', ')}`;
  const fetched =
    download === undefined ? '' : `, else \`stackctl doctor --fix\` fetches ${download.packages[0] ?? ''}`;
  return `\`${name}\` ${range}${debian}${fetched}`;
}

function optionsOf(schema: JsonSchema, title: string): string {
  const rows = Object.entries(propertiesOf(schema)).map(([name, part]) => {
    const { description = '', default: fallback } = part;
    return [`\`${name}\``, typeText(part), defaultText(fallback), String(description)];
  });
  const inner = Object.entries(propertiesOf(schema)).flatMap(([name, part]) => {
    const items = part.items as JsonSchema | undefined;
    return items?.properties === undefined ? [] : [`Of each of \`${name}\`:\n\n${optionsOf(items, 'key')}`];
  });
  return [table([title, 'type', 'default', ''], rows), ...inner].join('\n\n');
}

function propertiesOf({ properties = {} }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return properties as Readonly<Record<string, JsonSchema>>;
}

function defaultText(fallback: unknown): string {
  if (fallback === undefined || fallback === '[redacted]') return '';
  return `\`${JSON.stringify(fallback)}\``;
}

/** @throws for a type that it has no words for: somebody has to find some. */
function typeText(schema: JsonSchema): string {
  const { type, enum: choices, anyOf, const: only } = schema;
  if (Array.isArray(choices)) return choices.map((choice) => `\`${choice}\``).join(', ');
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (Array.isArray(anyOf)) return [...new Set((anyOf as JsonSchema[]).map(typeText))].join(' or ');
  if (Array.isArray(type)) return type.join(' or ').replace('boolean', 'true or false');
  switch (type) {
    case undefined:
      return 'secret';
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `${type === 'integer' ? 'whole number' : 'number'}${limits(schema)}`;
    case 'array':
      return `list of ${typeText(schema.items as JsonSchema)}`;
    case 'object':
      return mapText(schema);
    default:
      throw new Error(`no words for the type ${JSON.stringify(schema)}`);
  }
}

function mapText(schema: JsonSchema): string {
  const keys = Object.keys(propertiesOf(schema));
  return keys.length === 0 ? 'map' : `map of ${keys.map((key) => `\`${key}\``).join(', ')}`;
}

const LARGEST_C_INT = 2_147_483_647;

function limits({ minimum, maximum }: JsonSchema): string {
  const from = typeof minimum === 'number' && minimum >= -LARGEST_C_INT ? minimum : undefined;
  const to = typeof maximum === 'number' && maximum < LARGEST_C_INT ? maximum : undefined;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `, from ${from}`;
  return from === undefined ? `, up to ${to}` : `, ${from} to ${to}`;
}

/** Of the example on this machine: a kind makes them of a stack. */
async function variablesOf(kind: Kind): Promise<string> {
  const stack = await exampleStack(kind.name, 'process');
  const service = stack.services.find(({ name }) => name === EXAMPLE_SERVICE);
  if (service === undefined) throw new Error(`the example of ${kind.name} has no service ${EXAMPLE_SERVICE}`);
  const variables = Object.entries(kind.clientEnv?.({ stack, service }) ?? {});
  if (variables.length === 0) return 'No variables.';
  const rows = variables.map(([name, value]) => [
    `\`${name}\``,
    value instanceof Secret ? 'a secret' : value === '' ? '' : `\`${value}\``,
  ]);
  return table(['variable', 'e.g.'], rows);
}

function configsOf({ defaultConfig = [] }: Kind): readonly string[] {
  return defaultConfig.map(({ target, text }) => {
    return `${target}, unless \`config:\` names another:\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\``;
  });
}

function trafficOf({ traffic }: Kind): readonly string[] {
  const parts = [
    ['Sink', traffic?.sink?.settings],
    ['Store', traffic?.store?.settings],
  ] as const;
  return parts.flatMap(([what, settings]) => {
    if (settings === undefined) return [];
    return [`${what} of \`seed traffic\`:\n\n${optionsOf(schemaOf(settings), 'setting')}`];
  });
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line)].join('\n');
}
