import { readFile } from 'node:fs/promises';
import { StackctlError } from '../errors.ts';
import { table } from '../output/table.ts';
import { suggest } from '../stack/source/suggest.ts';
import type { CommandModule } from './line/command.ts';
import { SCHEMAS, type SchemaEntry, schemaFile } from './schemas.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[name]', `which one: ${SCHEMAS.map(({ name }) => name).join(', ')}; without it, a list of them`);
};

/** The JSON Schemas that editors complete and check with: made of what stackctl checks these files with, and shipped with it. */
export const run: CommandModule['run'] = async ({ templatesFolder }, [name]) => {
  if (name === undefined) {
    const schemas = SCHEMAS.map((entry) => ({ ...entry, path: schemaFile(templatesFolder, entry.name) }));
    return { data: { schemas }, text: `${table(COLUMNS, schemas)}\n\n${USE}` };
  }
  const entry = SCHEMAS.find((candidate) => candidate.name === name) ?? unknown(name);
  const text = await readFile(schemaFile(templatesFolder, entry.name), 'utf8');
  return { data: { name: entry.name, schema: JSON.parse(text) as unknown }, text: text.trimEnd() };
};

const USE =
  'An editor with the YAML language server reads it from the first line of a file: # yaml-language-server: $schema=PATH';

const COLUMNS = [
  { title: 'schema', cell: ({ name }: SchemaEntry) => name },
  { title: 'of', cell: ({ of }: SchemaEntry) => of },
  { title: 'file', cell: ({ path }: SchemaEntry & { readonly path: string }) => path },
];

function unknown(name: string): never {
  const names = SCHEMAS.map((entry) => entry.name);
  const meant = suggest(name, names);
  throw new StackctlError('E_USAGE', `there is no schema "${name}"`, {
    hint: meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${meant}?`,
  });
}
