/** What a stack.yaml names beside itself: templates, build folders, migrations, traffic profiles. */
import { join, sep } from 'node:path';
import { type FileStamp, fileStamp } from '../../lib/file-stamp.ts';
import { listFolder, statIfThere } from '../../lib/files.ts';
import { readSource, readSourceIfThere, type SourceText } from '../../lib/source-text.ts';
import type { MigrationFolder, MigrationSource } from '../contract/migration-folder.ts';
import type { ConfigTemplate } from '../contract/model.ts';
import { fieldName, type Problem } from '../source/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import { folderContent } from './folder-content.ts';
import type { LoadedStack } from './loaded-stack.ts';
import type { Outline } from './outline.ts';

export interface Templates {
  readonly byService: LoadedStack['templates'];
  readonly problems: (source: YamlSource) => readonly Problem[];
}

export async function readTemplates(outline: Outline, folder: string): Promise<Templates> {
  const wanted = [...outline.services].flatMap(([service, { config }]) =>
    [...config].map(([target, relative]) => ({ service, target, relative, path: join(folder, relative) })),
  );
  const read = await Promise.all(wanted.map(async (one) => ({ ...one, source: await readFileSource(one.path) })));
  const byService = new Map<string, readonly ConfigTemplate[]>();
  for (const { service, target, path, source } of read) {
    if (source !== undefined)
      byService.set(service, [...(byService.get(service) ?? []), { target, path, text: source.text }]);
  }
  return {
    byService,
    problems: (stack) =>
      read.flatMap(({ service, target, relative, path, source }) => {
        if (source === undefined)
          return [missingPath(stack, ['services', service, 'config', target], `there is no file ${relative}`)];
        return source.mistake === undefined ? [] : [{ file: path, field: '', ...source.mistake }];
      }),
  };
}

export async function readBuilds(outline: Outline, folder: string): Promise<LoadedStack['builds']> {
  const wanted = [...outline.services].flatMap(([name, { build }]) => (build === undefined ? [] : [{ name, build }]));
  const read = wanted.map(async ({ name, build }) => [name, (await folderContent(join(folder, build))).hash] as const);
  return new Map(await Promise.all(read));
}

export async function readMigrations(outline: Outline, folder: string): Promise<readonly MigrationFolder[]> {
  return Promise.all(
    [...outline.migrations].map(async ([service, relative]) => {
      const path = join(folder, relative);
      const entries = (await listFolder(path)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const isMigration = (entry: (typeof entries)[number]) => entry.isFile() && entry.name.endsWith('.sql');
      // `join` for each of thousands takes longer than to list them.
      const inside = join(path, sep);
      return {
        service,
        folder: path,
        files: entries.filter(isMigration).map(({ name }) => new FileInFolder(name, inside + name)),
        others: entries
          .filter((entry) => !isMigration(entry))
          .map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`),
      };
    }),
  );
}

/** A class, so that thousands of files share their functions. */
class FileInFolder implements MigrationSource {
  readonly name: string;
  readonly path: string;

  constructor(name: string, path: string) {
    this.name = name;
    this.path = path;
  }

  read(): SourceText {
    return readSource(this.path);
  }

  stamp(): FileStamp | undefined {
    return fileStamp(this.path);
  }
}

async function readFileSource(path: string): Promise<SourceText | undefined> {
  return (await isA(path, 'file')) ? readSourceIfThere(path) : undefined;
}

export async function missingFolders(
  outline: Outline,
  folder: string,
  source: YamlSource,
): Promise<readonly Problem[]> {
  const wanted = [
    { path: ['traffic'], relative: outline.traffic },
    ...[...outline.migrations].map(([service, relative]) => ({ path: ['migrations', service], relative })),
    ...[...outline.services].map(([name, { build }]) => ({ path: ['services', name, 'build'], relative: build })),
  ];
  const checked = await Promise.all(
    wanted.map(async ({ path, relative }) =>
      relative === undefined || (await isA(join(folder, relative), 'folder'))
        ? []
        : [missingPath(source, path, `there is no folder ${relative}`)],
    ),
  );
  return checked.flat();
}

function missingPath(source: YamlSource, path: readonly PropertyKey[], message: string): Problem {
  return { ...source.at(path, 'value'), field: fieldName(path), message: `${message} beside stack.yaml` };
}

async function isA(path: string, type: 'file' | 'folder'): Promise<boolean> {
  const found = statIfThere(path);
  return type === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}
