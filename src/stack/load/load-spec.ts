import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../../lib/defined.ts';
import { listFolder } from '../../lib/files.ts';
import { readSourceIfThere, type SourceText } from '../../lib/source-text.ts';
import type { Kind } from '../contract/kind.ts';
import type { ConfigTemplate, MigrationFolder } from '../contract/model.ts';
import type { PluginSource } from '../contract/plugins.ts';
import { asWritten, changedNumbers, takesTextAndNumbers } from '../source/as-written.ts';
import { fieldName, others, type Problem, problemsError } from '../source/problem.ts';
import { parseYaml, type YamlSource } from '../source/yaml-source.ts';
import { mistakesIn, placeMistakes } from '../source/zod-problems.ts';
import { checkAddresses } from './check-addresses.ts';
import { checkService, type FilledMistake } from './check-kinds.ts';
import { checkNetwork } from './check-network.ts';
import { checkRelations } from './check-relations.ts';
import { checkSpec, defaultValues } from './check-spec.ts';
import { folderContent } from './folder-content.ts';
import { type Outline, outlineOf } from './outline.ts';
import { type StackSpec, stackSpec } from './spec.ts';

/** A stack.yaml that was found to be right, with everything that it names. */
export interface LoadedStack {
  readonly spec: StackSpec;
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  readonly source: YamlSource;
  readonly outline: Outline;
  /** Kind name -> kind, for the kinds in use. */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Service name -> its config templates. */
  readonly templates: ReadonlyMap<string, readonly ConfigTemplate[]>;
  /** Service name -> hash of its build folder. */
  readonly builds: ReadonlyMap<string, string>;
  readonly migrations: readonly MigrationFolder[];
}

export interface LoadInput {
  /** Absolute folder of stack.yaml. */
  readonly folder: string;
  /** How messages name the file; by default its absolute path. */
  readonly displayName?: string;
  readonly plugins: Pick<PluginSource, 'kindNames' | 'loadKind'>;
}

/**
 * Reads and checks a stack.yaml: schema, references, cycles, ports, template files, and the options of its kinds with the
 * stack's default values.
 * @throws E_STACK_INVALID listing every problem with file, line and column.
 */
export async function loadSpec({ folder, displayName, plugins }: LoadInput): Promise<LoadedStack> {
  const path = join(folder, 'stack.yaml');
  const file = displayName ?? path;
  const source = parseYaml((await readSourceIfThere(path)) ?? '', file);
  if (source.isBroken) throw invalidStack(file, source.problems);
  const kinds = await loadKinds(outlineOf(source.value), plugins);
  const data = asWritten(source, (path) => isText(path, source.value, kinds));
  const outline = outlineOf(data);
  const templates = await readTemplates(outline, folder);
  const found = [
    ...source.problems,
    ...placeMistakes(mistakesIn(stackSpec, data ?? {}), source),
    ...placeMistakes(checkSpec(outline, plugins.kindNames()), source),
    ...placeMistakes(checkAddresses(outline, kinds), source),
    ...placeMistakes(checkRelations(outline, kinds), source),
    ...filledProblems(outline, kinds, source),
    ...templates.problems(source),
    ...(await missingFolders(outline, folder, source)),
  ];
  const problems = [...found, ...others(placeMistakes(changedNumbers(source, data), source), found)];
  const parsed = stackSpec.safeParse(data);
  if (problems.length > 0 || !parsed.success) throw invalidStack(file, problems);
  return {
    spec: parsed.data,
    folder,
    source,
    outline,
    kinds,
    templates: templates.byService,
    builds: await readBuilds(outline, folder),
    migrations: await readMigrations(outline, folder),
  };
}

export function invalidStack(file: string, problems: readonly Problem[]): Error {
  return problemsError('E_STACK_INVALID', file, problems, 'Fix the file; docs/stack.yaml explains every key.');
}

/** Keys of `compose:` whose entries are text for Compose. */
const COMPOSE_TEXTS = new Set(['labels', 'annotations', 'environment', 'args', 'sysctls', 'options', 'command']);

/** Whether text may stand at a path of stack.yaml, so that a number there is taken as it is written. */
function isText(path: readonly PropertyKey[], data: unknown, kinds: LoadedStack['kinds']): boolean {
  const [top, service, key, ...rest] = path;
  if (top !== 'services' || (key !== 'options' && key !== 'compose')) return takesTextAndNumbers(stackSpec, path);
  if (key === 'compose') return COMPOSE_TEXTS.has(String(path.at(-2)));
  const kind = kinds.get(outlineOf(data).services.get(String(service))?.kind ?? '');
  return kind !== undefined && takesTextAndNumbers(kind.options, rest);
}

async function loadKinds(outline: Outline, plugins: LoadInput['plugins']): Promise<ReadonlyMap<string, Kind>> {
  const used = new Set([...outline.services.values()].map(({ kind }) => kind));
  const known = plugins.kindNames().filter((name) => used.has(name));
  return new Map(await Promise.all(known.map(async (name) => [name, await plugins.loadKind(name)] as const)));
}

/** A mistake in an option that comes from a value's default is reported where that default stands. */
function filledProblems(outline: Outline, kinds: LoadedStack['kinds'], source: YamlSource): readonly Problem[] {
  const values = defaultValues(outline);
  const ofServices = [...outline.services].flatMap(([name, service]) => {
    const kind = kinds.get(service.kind ?? '');
    return kind === undefined ? [] : checkService(name, service, kind, values);
  });
  return (
    [...ofServices, ...checkNetwork(outline.network, values)]
      // A default that is wrong by itself, or missing, was reported as such.
      .filter((mistake) => mistake.values.every((value) => values.has(value)))
      .map((mistake) => placeFilled(mistake, source))
  );
}

function placeFilled(mistake: FilledMistake, source: YamlSource): Problem {
  const [value] = mistake.values;
  const path = value === undefined || mistake.part === 'key' ? mistake.path : ['values', value, 'default'];
  const because = path === mistake.path ? '' : ` (it fills ${fieldName(mistake.path)})`;
  return {
    ...source.at(path, mistake.part),
    field: fieldName(path),
    message: `${mistake.message}${because}`,
    ...defined({ suggestion: mistake.suggestion }),
  };
}

interface Templates {
  readonly byService: LoadedStack['templates'];
  readonly problems: (source: YamlSource) => readonly Problem[];
}

async function readTemplates(outline: Outline, folder: string): Promise<Templates> {
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

async function readBuilds(outline: Outline, folder: string): Promise<LoadedStack['builds']> {
  const wanted = [...outline.services].flatMap(([name, { build }]) => (build === undefined ? [] : [{ name, build }]));
  const read = wanted.map(async ({ name, build }) => [name, (await folderContent(join(folder, build))).hash] as const);
  return new Map(await Promise.all(read));
}

async function readMigrations(outline: Outline, folder: string): Promise<readonly MigrationFolder[]> {
  return Promise.all(
    [...outline.migrations].map(async ([service, relative]) => {
      const path = join(folder, relative);
      const names = (await listFolder(path)).filter((entry) => entry.isFile() && entry.name.endsWith('.sql'));
      const files = names.map(async ({ name }) => {
        const source = await readSourceIfThere(join(path, name));
        return { name, path: join(path, name), text: source?.text ?? '', mistake: source?.mistake };
      });
      return { service, folder: path, files: (await Promise.all(files)).sort((a, b) => (a.name < b.name ? -1 : 1)) };
    }),
  );
}

async function readFileSource(path: string): Promise<SourceText | undefined> {
  return (await isA(path, 'file')) ? readSourceIfThere(path) : undefined;
}

async function missingFolders(outline: Outline, folder: string, source: YamlSource): Promise<readonly Problem[]> {
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
  const found = await stat(path).catch(() => undefined);
  return type === 'file' ? found?.isFile() === true : found?.isDirectory() === true;
}
