import { join } from 'node:path';
import { defined } from '../../lib/defined.ts';
import { readSourceIfThere } from '../../lib/source-text.ts';
import type { Kind } from '../contract/kind.ts';
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
import type { LoadedStack } from './loaded-stack.ts';
import { type Outline, outlineOf } from './outline.ts';
import { readEnvFiles } from './read-env-files.ts';
import { missingFolders, readBuilds, readMigrations, readTemplates } from './read-folder.ts';
import { stackSpec } from './spec.ts';

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
  const envFiles = await readEnvFiles(outline, folder);
  const found = [
    ...source.problems,
    ...placeMistakes(mistakesIn(stackSpec, data ?? {}), source),
    ...placeMistakes(checkSpec(outline, plugins.kindNames()), source),
    ...placeMistakes(checkAddresses(outline, kinds), source),
    ...placeMistakes(checkRelations(outline, kinds), source),
    ...filledProblems(outline, kinds, source),
    ...templates.problems(source),
    ...envFiles.problems(source),
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
    envFiles: envFiles.byService,
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
