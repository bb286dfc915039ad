import { isAbsolute, join } from 'node:path';
import { StackctlError, systemCode } from '../../errors.ts';
import { Secret } from '../../lib/secret.ts';
import { readSourceIfThere } from '../../lib/source-text.ts';
import { parseEnvFile } from '../source/env-file.ts';
import { fieldName, type Problem } from '../source/problem.ts';
import type { YamlSource } from '../source/yaml-source.ts';
import type { LoadedStack } from './loaded-stack.ts';
import type { Outline } from './outline.ts';

export interface EnvFiles {
  readonly byService: LoadedStack['envFiles'];
  readonly problems: (source: YamlSource) => readonly Problem[];
}

/**
 * The variables of every `envFile`, each a secret: what stands in such files is not meant for others. A later file wins.
 * A file that cannot be read is a problem at its key; an empty path is one of the schema.
 */
export async function readEnvFiles(outline: Outline, folder: string): Promise<EnvFiles> {
  const wanted = [...outline.services].flatMap(([service, { envFiles }]) =>
    envFiles.flatMap((path, index) =>
      path === '' ? [] : [{ service, index, isOnly: envFiles.length === 1, file: path }],
    ),
  );
  const read = await Promise.all(wanted.map(async (one) => ({ ...one, ...(await readOne(folder, one.file)) })));
  const byService = new Map<string, Map<string, Secret>>();
  for (const { service, variables } of read) {
    const all = byService.get(service) ?? new Map<string, Secret>();
    for (const [name, value] of variables) all.set(name, new Secret(value));
    byService.set(service, all);
  }
  return {
    byService,
    problems: (source) =>
      read.flatMap(({ service, index, isOnly, problems, mistake }) => {
        if (mistake === undefined) return problems;
        // The nearest place that there is: of one file the value, of a list its item.
        const path = ['services', service, 'envFile', ...(isOnly ? [] : [index])];
        return [{ ...source.at(path, 'value'), field: fieldName(path), message: mistake }];
      }),
  };
}

interface Read {
  readonly variables: ReadonlyMap<string, string>;
  /** In the file. No problem repeats what stands there. */
  readonly problems: readonly Problem[];
  /** Why there is no file to read; undefined: it was read. */
  readonly mistake: string | undefined;
}

async function readOne(folder: string, file: string): Promise<Read> {
  const nothing = { variables: new Map<string, string>(), problems: [] };
  if (isAbsolute(file))
    return { ...nothing, mistake: `must be a path from the folder of stack.yaml, and ${file} is an absolute one` };
  const path = join(folder, file);
  const source = await readSourceIfThere(path).catch((error: unknown) => whyUnreadable(error, file));
  if (source === undefined) return { ...nothing, mistake: `there is no file ${file} beside stack.yaml` };
  if (typeof source === 'string') return { ...nothing, mistake: source };
  const { variables, mistakes } =
    source.mistake === undefined ? parseEnvFile(source.text) : { variables: new Map(), mistakes: [source.mistake] };
  return {
    variables,
    problems: mistakes.map((mistake) => ({ file: path, field: '', ...mistake })),
    mistake: undefined,
  };
}

/** @throws what is no failure to read a file */
function whyUnreadable(error: unknown, file: string): string {
  if (!(error instanceof StackctlError)) throw error;
  return systemCode(error.cause) === 'EISDIR' ? `${file} is a folder, not a file` : error.message;
}
