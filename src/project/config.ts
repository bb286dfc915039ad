import { dirname, join } from 'node:path';
import * as z from 'zod';
import { defined } from '../lib/defined.ts';
import { isThere } from '../lib/files.ts';
import { readSourceIfThere } from '../lib/source-text.ts';
import type { Profile } from '../stack/contract/model.ts';
import { runtimeNames } from '../stack/contract/plugins.ts';
import type { RuntimeName } from '../stack/contract/runtime-facts.ts';
import { displayPath } from '../stack/source/display-path.ts';
import { NAME_PATTERN, NAME_RULE } from '../stack/source/names.ts';
import { type Problem, problemsError } from '../stack/source/problem.ts';
import { parseYaml, type YamlSource } from '../stack/source/yaml-source.ts';
import { mistakesIn, placeMistakes } from '../stack/source/zod-problems.ts';
import { fromYaml, type GivenValue } from '../stack/values/given-values.ts';
import { BUILT_IN } from '../stack/values/values.ts';

export interface Setting<T> {
  readonly value: T;
  /** `--runtime`, `STACKCTL_RUNTIME`, `stackctl.yaml:3:10` or `built-in`. */
  readonly origin: string;
}

export type RuntimeChoice = 'auto' | RuntimeName;

export interface Config {
  /** Absolute folder of stackctl.yaml; undefined when there is none. */
  readonly folder: string | undefined;
  /** Absolute paths of the files that were read. */
  readonly files: readonly string[];
  /** A built-in name, or a path relative to `stackBase`. */
  readonly stack: Setting<string> | undefined;
  readonly stackBase: string;
  readonly name: Setting<string> | undefined;
  readonly runtime: Setting<RuntimeChoice>;
  readonly profile: Setting<Profile>;
  /** `values:` of both files, the local one first. */
  readonly values: readonly GivenValue[];
}

export interface ConfigInput {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: { readonly project: string | undefined; readonly runtime: string | undefined };
  /** No file is looked for. */
  readonly ignoresSettings?: true;
}

/**
 * Flag > STACKCTL_* > stackctl.local.yaml > stackctl.yaml > built-in.
 * @throws E_CONFIG_INVALID listing every mistake in both files, in the variables and in the flags.
 */
export async function loadConfig(input: ConfigInput): Promise<Config> {
  const { config, problems } = await readConfig(input);
  if (problems.length > 0) throw invalidConfig(problems);
  return config;
}

export interface ReadConfig {
  /** What can be understood: a setting that is wrong counts as not given. */
  readonly config: Config;
  readonly problems: readonly Problem[];
}

/** Like `loadConfig`, for a caller that wants to find more mistakes before it reports these. */
export async function readConfig({ cwd, env, flags, ignoresSettings }: ConfigInput): Promise<ReadConfig> {
  const folder = ignoresSettings === true ? undefined : await findFolder(cwd);
  const files = folder === undefined ? [] : await readFiles(folder, cwd);
  const outside = [
    ...outsideSettings({ STACKCTL_STACK: env.STACKCTL_STACK }, 'stack'),
    ...outsideSettings({ '--project': flags.project, STACKCTL_PROJECT: env.STACKCTL_PROJECT }, 'name'),
    ...outsideSettings({ '--runtime': flags.runtime, STACKCTL_RUNTIME: env.STACKCTL_RUNTIME }, 'runtime'),
    ...outsideSettings({ STACKCTL_PROFILE: env.STACKCTL_PROFILE }, 'profile'),
  ];
  const problems = [...files.flatMap(({ source }) => problemsIn(source)), ...outside.flatMap(problemsOutside)];
  const layers = [...outside, ...files.flatMap(({ source }) => fileSettings(source))].filter(isRight);
  const pick = <T>(key: Key) => layers.find((layer) => layer.key === key) as Setting<T> | undefined;
  const stack = pick<string>('stack');
  const config: Config = {
    folder,
    files: files.map(({ path }) => path),
    stack,
    stackBase: stack?.origin === 'STACKCTL_STACK' ? cwd : (folder ?? cwd),
    name: pick<string>('name'),
    runtime: pick<RuntimeChoice>('runtime') ?? { value: 'auto', origin: BUILT_IN },
    profile: pick<Profile>('profile') ?? { value: 'dev', origin: BUILT_IN },
    values: files.flatMap(({ source }) => fromYaml(source, ['values'])),
  };
  return { config, problems };
}

export function invalidConfig(problems: readonly Problem[]): Error {
  return problemsError(
    'E_CONFIG_INVALID',
    'the configuration',
    problems,
    'The keys are stack, name, runtime, profile and values. Run: stackctl init, in another folder, for a commented example.',
  );
}

const NAMES = ['stackctl.local.yaml', 'stackctl.yaml'] as const;

/** Schema of stackctl.yaml and of stackctl.local.yaml. */
export const configSchema = z.strictObject({
  stack: z
    .string()
    .min(1)
    .optional()
    .describe('The stack of this folder: a built-in one or the path of your own, e.g. ./my-stack.'),
  name: z
    .string()
    .regex(NAME_PATTERN, { error: NAME_RULE })
    .optional()
    .describe('Name of the project. Default: the name of the stack.'),
  runtime: z
    .enum(['auto', ...runtimeNames()])
    .optional()
    .describe('Where instances run: auto (Docker when an Engine answers, else local processes), docker or process.'),
  profile: z
    .enum(['dev', 'production'])
    .optional()
    .describe('dev (the credentials that the stack declares) or production (generated ones).'),
  values: z
    .record(
      z.string(),
      // Nothing at all is refused with the type of the value, which says how to write it.
      z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'must be text, a number, true or false' }),
    )
    .nullish()
    .describe('Values of the stack. Secrets are better kept in stackctl.local.yaml.'),
});

type Key = 'stack' | 'name' | 'runtime' | 'profile';
const KEYS: readonly Key[] = ['stack', 'name', 'runtime', 'profile'];

interface Layer extends Setting<string> {
  readonly key: Key;
}

/** The nearest folder from `cwd` upwards that has a configuration; the search ends at the root of a git repository. */
async function findFolder(cwd: string): Promise<string | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await Promise.all(NAMES.map((name) => isThere(join(folder, name))));
    if (found.includes(true)) return folder;
    if (folder === dirname(folder) || (await isThere(join(folder, '.git')))) return undefined;
  }
}

interface ConfigFile {
  readonly path: string;
  readonly source: YamlSource;
}

async function readFiles(folder: string, cwd: string): Promise<readonly ConfigFile[]> {
  const read = await Promise.all(
    NAMES.map(async (name) => {
      const path = join(folder, name);
      const text = await readSourceIfThere(path);
      return text === undefined ? [] : [{ path, source: parseYaml(text, displayPath(path, cwd)) }];
    }),
  );
  return read.flat();
}

function problemsIn(source: YamlSource): readonly Problem[] {
  return [...source.problems, ...placeMistakes(mistakesIn(configSchema, source.value ?? {}), source)];
}

/** An empty variable counts as one that is not set. */
function outsideSettings(given: Readonly<Record<string, string | undefined>>, key: Key): readonly Layer[] {
  return Object.entries(given).flatMap(([origin, value]) => (value ? [{ key, value, origin }] : []));
}

function problemsOutside({ key, value, origin }: Layer): readonly Problem[] {
  return mistakesIn(configSchema.shape[key], value).map(({ message, suggestion }) => ({
    origin,
    field: key,
    message,
    ...defined({ suggestion }),
  }));
}

function isRight({ key, value }: Layer): boolean {
  return configSchema.shape[key].safeParse(value).success;
}

function fileSettings(source: YamlSource): readonly Layer[] {
  const settings = (source.value ?? {}) as Readonly<Record<string, unknown>>;
  return KEYS.flatMap((key) => {
    const value = settings[key];
    const { file, line, column } = source.at([key], 'value');
    return typeof value === 'string' ? [{ key, value, origin: `${file}:${line}:${column}` }] : [];
  });
}
