import { join } from 'node:path';
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

/** The variables of every `envFile`, each a secret: what stands in such files is not meant for others. A later file wins. */
export async function readEnvFiles(outline: Outline, folder: string): Promise<EnvFiles> {
  const wanted = [...outline.services].flatMap(([service, { envFiles }]) =>
    envFiles.map((relative, index) => ({ service, relative, index, isOnly: envFiles.length === 1 })),
  );
  const read = await Promise.all(
    wanted.map(async (one) => ({ ...one, ...(await readOne(join(folder, one.relative))) })),
  );
  const byService = new Map<string, Map<string, Secret>>();
  for (const { service, variables } of read) {
    const all = byService.get(service) ?? new Map<string, Secret>();
    for (const [name, value] of variables) all.set(name, new Secret(value));
    byService.set(service, all);
  }
  return {
    byService,
    problems: (source) =>
      read.flatMap(({ service, relative, index, isOnly, problems }) => {
        if (problems !== undefined) return problems;
        // The nearest place that there is: of one file the value, of a list its item.
        const path = ['services', service, 'envFile', ...(isOnly ? [] : [index])];
        return [
          {
            ...source.at(path, 'value'),
            field: fieldName(path),
            message: `there is no file ${relative} beside stack.yaml`,
          },
        ];
      }),
  };
}

interface Read {
  readonly variables: ReadonlyMap<string, string>;
  /** Undefined: there is no file. */
  readonly problems: readonly Problem[] | undefined;
}

/** No problem repeats what stands in the file. */
async function readOne(path: string): Promise<Read> {
  const source = await readSourceIfThere(path);
  if (source === undefined) return { variables: new Map(), problems: undefined };
  const { variables, mistakes } =
    source.mistake === undefined ? parseEnvFile(source.text) : { variables: new Map(), mistakes: [source.mistake] };
  return { variables, problems: mistakes.map((mistake) => ({ file: path, field: '', ...mistake })) };
}
