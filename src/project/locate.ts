import { realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { defined } from '../lib/defined.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { hasStack, stackAt } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import { displayPath } from '../stack/source/display-path.ts';
import type { Problem } from '../stack/source/problem.ts';
import { type Config, invalidConfig, readConfig } from './config.ts';
import { identityOf } from './identity.ts';
import type { NotFound } from './no-project.ts';
import type { OpenInput } from './open-input.ts';
import { newIdentity, type Origin, originOf, type Place } from './origin.ts';
import { projectPaths } from './paths.ts';
import type { ProjectRecord } from './record.ts';
import { registryFolder } from './registry.ts';
import { selectProject } from './select.ts';

/** Which project is meant, and what is known of it without its stack. */
export interface Located {
  readonly missing?: never;
  readonly config: Config;
  /** Mistakes in the settings. Verbs that need only the record go on in spite of them. */
  readonly problems: readonly Problem[];
  readonly identity: ProjectIdentity;
  readonly paths: ProjectPaths;
  /** As it was read, with the name of its folder. Undefined before the first `up`. */
  readonly record: ProjectRecord | undefined;
  readonly origin: Origin;
  /** Where the stack.yaml is read from. It may be gone. */
  readonly stackFolder: string;
}

/**
 * The cheap half of opening a project: names, records and the registry are read, no stack.
 * @throws E_PROJECT_NOT_FOUND and what `lookForProject` throws.
 */
export async function locateProject(input: OpenInput): Promise<Located> {
  const found = await lookForProject(input);
  if (found.missing !== undefined) throw found.missing;
  return found;
}

/**
 * As `locateProject`, for a caller that goes on without a project.
 * @throws E_CONFIG_INVALID where mistakes in the settings may be why nothing is found; E_PROJECT_AMBIGUOUS,
 *   E_STACK_NOT_FOUND, E_STACK_INVALID, E_STATE_UNREADABLE, E_USAGE.
 */
export async function lookForProject(input: OpenInput): Promise<Located | NotFound> {
  const { cwd, env, global: flags, ignoresSettings } = input;
  const { config, problems } = await readConfig({ cwd, env, flags, ...defined({ ignoresSettings }) });
  if (problems.length === 0) return locateWith(config, problems, input);
  const found = await locateWith(config, problems, input).catch((): undefined => undefined);
  if (found === undefined || found.missing !== undefined) throw invalidConfig(problems);
  return found;
}

async function locateWith(config: Config, problems: readonly Problem[], input: OpenInput): Promise<Located | NotFound> {
  const registry = registryFolder(input.env);
  const folder = realpathSync.native(config.folder ?? input.cwd);
  const { stackRef } = input;
  const selection = await selectProject({ ...input, stackRef, folder, config, registry });
  if (selection.missing !== undefined) return selection;
  const { record: found } = selection;
  const name = selection.name ?? (await nameOfStack(selection.stackFolder ?? folder, input));
  const here: Place = { folder, name };
  const common = { config, problems, paths: projectPaths(folder, name) };
  if (found === undefined) {
    const identity = await newIdentity(here, registry);
    return {
      ...common,
      identity,
      record: undefined,
      origin: { type: 'own' },
      stackFolder: selection.stackFolder ?? '',
    };
  }
  const origin = await originOf(here, found, registry);
  const identity: ProjectIdentity =
    origin.type === 'copy' ? await newIdentity(here, registry) : { ...identityOf(name, folder), id: found.id };
  const record = { ...found, name, stackFolder: rebased(found, origin, here), ...movedFrom(found, origin) };
  const stackFolder = selection.stackFolder ?? (await folderOnRecord(record, folder, input));
  return { ...common, identity, record, origin, stackFolder };
}

/** Only a stack.yaml with mistakes has no name: reading all of it reports them. */
async function nameOfStack(folder: string, { cwd, plugins = builtInPlugins }: OpenInput): Promise<string> {
  const displayName = displayPath(join(folder, 'stack.yaml'), cwd);
  return (await loadSpec({ folder, displayName, plugins })).spec.stack;
}

/** Processes and containers of a moved project have the paths of the first folder that it was moved from. */
function movedFrom({ state, movedFrom: before }: ProjectRecord, origin: Origin): Pick<ProjectRecord, 'movedFrom'> {
  if (origin.type !== 'moved') return {};
  return { movedFrom: state === 'up' ? (before ?? origin.from.folder) : undefined };
}

/** A stack inside the project's folder was moved together with it. */
function rebased({ stackFolder, folder: recorded }: ProjectRecord, origin: Origin, { folder }: Place): string {
  if (origin.type === 'own') return stackFolder;
  const place = origin.type === 'moved' ? origin.from : origin.of;
  // The original of a copy may have been moved since: then the record says where both were.
  for (const from of [recorded, place?.folder]) {
    if (from === undefined) continue;
    const inside = relative(from, stackFolder);
    if (!inside.startsWith('..') && !isAbsolute(inside)) return join(folder, inside);
  }
  return stackFolder;
}

/** The folder of a built-in stack moves when stackctl is installed again. */
async function folderOnRecord(
  { stack, stackFolder }: ProjectRecord,
  folder: string,
  { templatesFolder }: OpenInput,
): Promise<string> {
  if (await hasStack(stackFolder)) return stackFolder;
  const found = await stackAt(stack, templatesFolder, folder);
  return (await hasStack(found.folder)) ? found.folder : stackFolder;
}
