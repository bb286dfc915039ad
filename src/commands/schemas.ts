import { join, relative } from 'node:path';

export interface SchemaEntry {
  readonly name: 'stack' | 'config' | 'traffic';
  /** What it is the schema of. */
  readonly of: string;
}

export const SCHEMAS: readonly SchemaEntry[] = [
  { name: 'stack', of: 'stack.yaml' },
  { name: 'config', of: 'stackctl.yaml and stackctl.local.yaml' },
  { name: 'traffic', of: 'a traffic profile' },
];

/** @param templatesFolder the built-in stacks of the installed package, beside its docs. */
export function schemaFile(templatesFolder: string, name: SchemaEntry['name']): string {
  return join(templatesFolder, '../docs/schemas', `${name}.schema.json`);
}

/**
 * The first line of a file by which the YAML language server finds its schema: that of the stackctl that wrote the line, so that both
 * are of one version.
 * @param folder of the file. An installation below it is named by its relative path, which is the same for everybody.
 */
export function editorLine(templatesFolder: string, folder: string, name: SchemaEntry['name']): string {
  const file = schemaFile(templatesFolder, name);
  const path = relative(folder, file);
  return `# yaml-language-server: $schema=${path.startsWith('..') ? file : path}`;
}
