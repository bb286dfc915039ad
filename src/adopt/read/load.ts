/** The files of a Compose file. The only part of `adopt` that reads the disk. */
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { readTextIfThere } from '../../lib/files.ts';
import { decodeSource, readSourceIfThere } from '../../lib/source-text.ts';
import type { ComposeBuild, ComposeService } from '../../stack/contract/compose-service.ts';
import { type Problem, problemsError } from '../../stack/source/problem.ts';
import { type ComposeFile, type FileSet, filesNamedBy, type ReadFile, readComposeFile } from './compose-file.ts';
import { absolute, isFile, overrides } from './disk.ts';
import { parseDotenv } from './dotenv.ts';
import { type InitScript, readInitScripts, readMigrationFolders } from './init-scripts.ts';
import type { Lookup } from './interpolate.ts';
import { parseCompose } from './parse.ts';
import { withSecretTexts } from './secret-files.ts';
import { listOf, textOf, treeOf } from './values.ts';

export interface LoadedCompose {
  readonly file: ComposeFile;
  /** Absolute. */
  readonly folder: string;
  /** Every text that was read of the Compose file itself, what it extends and includes: what stands there is no secret. */
  readonly texts: readonly string[];
  /** Whether a folder or file is there; relative paths start at `folder`. */
  readonly isThere: (path: string) => boolean;
  /** Text of the Dockerfile that a service is built with; undefined: there is none, or it cannot be read. */
  readonly dockerfileOf: (service: ComposeService) => string | undefined;
  /** Name of a service -> what its image runs at the first start, in this order. */
  readonly initScripts: ReadonlyMap<string, readonly InitScript[]>;
  /** Folder below `migrations` -> names of the files in it. */
  readonly migrationFiles: ReadonlyMap<string, readonly string[]>;
  /** Other files that Compose would read beside this one, e.g. `compose.override.yaml`. */
  readonly beside: readonly string[];
}

/**
 * @param path absolute, of the Compose file.
 * @param shown how messages name it.
 * @param env of the shell: it wins over `.env` beside the file.
 * @throws E_STACK_NOT_FOUND without such a file; E_STACK_INVALID listing every mistake with file, line and column.
 */
export async function loadCompose(
  path: string,
  shown: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<LoadedCompose> {
  const folder = dirname(path);
  const problems: Problem[] = [];
  const dotenv = await readVariables(join(folder, '.env'), '.env', (name) => env[name], problems);
  const lookup: Lookup = (name) => env[name] ?? dotenv?.get(name);
  const main = basename(path);
  const { files, texts } = await readAll({ folder, main, shown, lookup });
  const envFiles = await readEnvFiles(folder, files, lookup, problems);
  const read = readComposeFile({ main, files, lookup, envFile: (at) => envFiles.get(at) });
  const there = await pathsThere(folder, read);
  const file = await withSecretTexts(
    inFolder(read, folder, (at) => there.has(at)),
    folder,
  );
  const all = [...problems, ...file.problems];
  if (all.length > 0) {
    const hint = 'Fix the file; `docker compose config` shows what Compose reads.';
    throw problemsError('E_STACK_INVALID', shown, all, hint);
  }
  const [inStack, dockerfiles] = await Promise.all([pathsThere(folder, file), readDockerfiles(folder, file)]);
  return {
    ...{ file, folder, texts },
    isThere: (at) => inStack.has(at),
    initScripts: await readInitScripts(folder, file.services),
    migrationFiles: await readMigrationFolders(folder),
    dockerfileOf: ({ name }) => dockerfiles.get(name),
    beside: await overrides(folder, main),
  };
}

/** A stack names folders and env files from its own folder on. What is not there keeps the name that it has in the file. */
function inFolder(file: ComposeFile, folder: string, isThere: (path: string) => boolean): ComposeFile {
  const own = (path: string) => {
    const full = absolute(folder, path);
    return (isAbsolute(path) || path.startsWith('~/')) && isThere(path) ? relative(folder, full) || '.' : path;
  };
  return {
    ...file,
    services: file.services.map((service) => ({
      ...service,
      build: service.build && { ...service.build, context: own(service.build.context) },
      envFiles: service.envFiles.map((one) => ({ ...one, path: own(one.path) })),
    })),
  };
}

interface Reading {
  readonly folder: string;
  readonly main: string;
  readonly shown: string;
  readonly lookup: Lookup;
}

async function readAll({ folder, main, shown, lookup }: Reading) {
  const files = new Map<string, ReadFile>();
  const texts: string[] = [];
  const wanted = [main];
  for (const path of wanted) {
    if (files.has(path)) continue;
    const source = await readSourceIfThere(absolute(folder, path));
    const name = path === main ? shown : posix.join(posix.dirname(shown), path);
    if (source === undefined) throw notFound(name, path === main ? undefined : shown);
    if (source.mistake !== undefined) {
      const { message, ...place } = source.mistake;
      throw problemsError('E_STACK_INVALID', name, [{ file: name, ...place, field: '', message }], 'Fix the file.');
    }
    const file = { tree: parseCompose(source.text, name, lookup), folder: posix.dirname(path) };
    files.set(path, file);
    texts.push(source.text);
    wanted.push(...filesNamedBy(file));
  }
  return { files, texts };
}

function notFound(name: string, by: string | undefined): StackctlError {
  const because = by === undefined ? '' : `, which ${by} names`;
  return new StackctlError('E_STACK_NOT_FOUND', `there is no file ${name}${because}`, {
    hint:
      by === undefined
        ? 'Name a Compose file: stackctl init --from compose.yaml.'
        : 'Add the file, or take its name out.',
    details: { file: name },
  });
}

async function readVariables(
  path: string,
  shown: string,
  lookup: Lookup,
  problems: Problem[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const text = (await isFile(path)) ? await readTextIfThere(path) : undefined;
  if (text === undefined) return undefined;
  const { variables, faults } = parseDotenv(decodeSource(Buffer.from(text)).text, lookup);
  problems.push(...faults.map(({ line, message }) => ({ file: shown, line, column: 1, field: '', message })));
  return variables;
}

async function readEnvFiles(folder: string, files: FileSet['files'], lookup: Lookup, problems: Problem[]) {
  const found = new Map<string, ReadonlyMap<string, string>>();
  const named = (set: FileSet['files']): ReadonlySet<string> => {
    const paths = new Set<string>();
    const envFile = (path: string) => {
      paths.add(path);
      return undefined;
    };
    for (const main of set.keys()) readComposeFile({ main, files: set, lookup, envFile });
    return paths;
  };
  for (const path of named(files)) {
    const variables = await readVariables(absolute(folder, path), path, lookup, problems);
    if (variables !== undefined) found.set(path, variables);
  }
  return found;
}

async function pathsThere(folder: string, { services }: ComposeFile): Promise<ReadonlySet<string>> {
  const paths = services.flatMap(({ build, mounts, envFiles, rest }) => [
    ...(build === undefined ? [] : [build.context, dockerfileIn(build)]),
    ...mounts.flatMap(({ type, source }) => (type === 'bind' && source !== undefined ? [source] : [])),
    ...envFiles.map(({ path }) => path),
    ...listOf(treeOf(rest).label_file).flatMap((path) => textOf(path) ?? []),
  ]);
  const found = await Promise.all(
    paths.map(async (path) =>
      (await stat(absolute(folder, path)).catch(() => undefined)) === undefined ? [] : [path],
    ),
  );
  return new Set(found.flat());
}

/** Name of a service -> text of its Dockerfile. */
async function readDockerfiles(folder: string, { services }: ComposeFile): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, build } of services) {
    const inline = build === undefined ? undefined : textOf(build.rest.dockerfile_inline);
    const path = build === undefined ? undefined : absolute(folder, dockerfileIn(build));
    const text = inline ?? (path !== undefined && (await isFile(path)) ? await readTextIfThere(path) : undefined);
    if (text !== undefined) found.set(name, text);
  }
  return found;
}

function dockerfileIn({ context, rest }: ComposeBuild): string {
  const name = textOf(rest.dockerfile) ?? 'Dockerfile';
  return isAbsolute(name) ? name : join(context, name);
}
