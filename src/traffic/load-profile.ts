import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StackctlError, systemCode } from '../errors.ts';
import { readSourceIfThere, type SourceText } from '../lib/source-text.ts';
import type { Stack } from '../stack/contract/model.ts';
import { asWritten, changedNumbers, takesTextAndNumbers } from '../stack/source/as-written.ts';
import { displayPath } from '../stack/source/display-path.ts';
import { others, type Problem, problemsError } from '../stack/source/problem.ts';
import { didYouMean, suggest } from '../stack/source/suggest.ts';
import { parseYaml } from '../stack/source/yaml-source.ts';
import { type Mistake, mistakesIn, placeMistakes } from '../stack/source/zod-problems.ts';
import { checkProfile } from './check-profile.ts';
import { withShapeOf } from './load-shape.ts';
import { profileSchema, type TrafficProfile } from './profile-schema.ts';

/**
 * Reads the traffic profile of a stack, and the file of its shape where it names one.
 * @param name file name without `.yaml`; undefined: the only one, or the only one that says `default: true`.
 * @param cwd the user's working folder, from which messages name files.
 * @throws E_PROFILE_NOT_FOUND; E_PROFILE_INVALID with file, line and column of every mistake.
 */
export async function loadProfile(stack: Stack, name: string | undefined, cwd: string): Promise<LoadedProfile> {
  const path = await profilePath(stack, name);
  const loaded = readProfile({ text: (await readSourceIfThere(path)) ?? '', file: displayPath(path, cwd), stack });
  return { ...loaded, profile: await withShapeOf({ ...loaded, path, stack, cwd }) };
}

export interface LoadedProfile {
  readonly profile: TrafficProfile;
  /** The error for mistakes that show only later (E_PROFILE_INVALID), with file, line and column. */
  refuse(mistakes: readonly Mistake[]): StackctlError;
}

export interface ProfileText {
  readonly text: string | SourceText;
  /** As messages name it. */
  readonly file: string;
  readonly stack: Stack;
}

/** @throws E_PROFILE_INVALID */
export function readProfile({ text, file, stack }: ProfileText): LoadedProfile {
  const source = parseYaml(text, file);
  const data = asWritten(source, (path) => takesTextAndNumbers(profileSchema, path)) ?? {};
  const parsed = profileSchema.safeParse(data);
  const mistakes = source.isBroken
    ? []
    : parsed.success
      ? checkProfile(parsed.data, stack)
      : mistakesIn(profileSchema, data);
  const found = [...source.problems, ...placeMistakes(mistakes, source)];
  const problems = [...found, ...others(placeMistakes(changedNumbers(source, data), source), found)];
  const refuse = (all: readonly Problem[], hint: string) => problemsError('E_PROFILE_INVALID', file, all, hint);
  if (problems.length > 0 || !parsed.success) {
    throw refuse(problems, 'Fix the profile; docs/traffic.md explains every key.');
  }
  return {
    profile: parsed.data,
    refuse: (later) => refuse(placeMistakes(later, source), ASK_AGAIN),
  };
}

const ASK_AGAIN =
  'Nothing was sent. Fix the profile, or make what it names (`stackctl migrate status` shows what is pending).';

/** Names of all profiles of the stack, in their order. */
export async function profilesOf({ traffic }: Pick<Stack, 'traffic'>): Promise<readonly string[]> {
  return traffic === undefined ? [] : profileNames(traffic);
}

async function profilePath(of: Stack, wanted: string | undefined): Promise<string> {
  const { name: stack, traffic: folder } = of;
  const names = await profilesOf(of);
  const [first] = names;
  if (folder === undefined || first === undefined) {
    throw new StackctlError('E_PROFILE_NOT_FOUND', `the stack ${stack} has no traffic profile`, {
      hint: 'Put one into a folder beside stack.yaml and name that folder: `traffic: traffic`. See docs/traffic.md.',
    });
  }
  const name = wanted ?? (names.length === 1 ? first : await defaultOf(stack, folder, names));
  if (names.includes(name)) return join(folder, `${name}.yaml`);
  const near = suggest(name, names);
  throw new StackctlError(
    'E_PROFILE_NOT_FOUND',
    `the stack ${stack} has no traffic profile "${name}"${didYouMean(near)}`,
    { hint: `It has: ${names.join(', ')}.`, details: { known: names } },
  );
}

/** @throws E_PROFILE_NOT_FOUND where not exactly one says that it is. */
async function defaultOf(stack: string, folder: string, names: readonly string[]): Promise<string> {
  const read = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, `${name}.yaml`);
      return { name, ...parseYaml((await readSourceIfThere(file)) ?? '', file) };
    }),
  );
  const marked = read.filter(({ value }) => isDefault(value)).map(({ name }) => name);
  const [only, other] = marked;
  if (only !== undefined && other === undefined) return only;
  const broken = read.filter(({ isBroken }) => isBroken).map(({ name }) => name);
  const why =
    other !== undefined
      ? `, and ${marked.join(', ')} say \`default: true\``
      : broken.length > 0
        ? `, of which ${broken.join(', ')} cannot be read`
        : ', and none says `default: true`';
  throw new StackctlError('E_PROFILE_NOT_FOUND', `the stack ${stack} has several traffic profiles${why}`, {
    hint: `Choose one with --profile: ${names.join(', ')}.`,
    details: { known: names },
  });
}

function isDefault(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'default' in value && value.default === true;
}

async function profileNames(folder: string): Promise<readonly string[]> {
  try {
    const files = await readdir(folder);
    return files
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => basename(file, '.yaml'))
      .toSorted();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
