/** The values that a project is opened with, and all that is wrong with what was given. */
import { randomBytes } from 'node:crypto';
import type { Profile } from '../stack/contract/model.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import type { LoadedStack } from '../stack/load/loaded-stack.ts';
import type { Resolution } from '../stack/load/resolution.ts';
import type { Problem } from '../stack/source/problem.ts';
import {
  fromEnvironment,
  fromKept,
  fromSetFlags,
  fromValuesFiles,
  nearVariables,
  unusedFiles,
} from '../stack/values/given-values.ts';
import { imageValues } from '../stack/values/image-values.ts';
import { invalidValues, readValues } from '../stack/values/values.ts';
import { type Config, invalidConfig } from './config.ts';
import { keptValuesOf } from './kept-values.ts';
import type { OpenInput } from './open-input.ts';
import type { ProjectRecord } from './record.ts';
import { readSecrets } from './secrets.ts';
import { appliesTo } from './select.ts';

interface ValuesOfInput {
  readonly input: OpenInput;
  readonly config: Config;
  readonly loaded: LoadedStack;
  readonly record: ProjectRecord | undefined;
  readonly paths: ProjectPaths;
  readonly profile: Profile;
}

/** One value for each name of the stack, from the first source that gives it, and what is to be kept of them. */
export async function valuesOf({ input, config, loaded, record, paths, profile }: ValuesOfInput) {
  const { cwd, env, global, random = () => randomBytes(32) } = input;
  const configApplies = appliesTo(config, { name: loaded.spec.stack, folder: loaded.folder });
  const secrets = await readSecrets(paths);
  const set = fromSetFlags(global.set);
  const files = await fromValuesFiles(global.values, cwd);
  const flags = [...set.values, ...files.values];
  const implied = imageValues(loaded.spec);
  const names = [...Object.keys(loaded.spec.values), ...Object.keys(implied)];
  const kept = input.forgetsKept === true ? {} : { ...record?.keptValues, ...secrets.kept };
  const { values, generated, problems } = readValues({
    stack: loaded.spec.stack,
    specs: loaded.spec.values,
    implied,
    given: [...flags, ...fromEnvironment(names, env), ...fromKept(kept), ...(configApplies ? config.values : [])],
    problems: [...set.problems, ...files.problems],
    profile,
    generated: secrets.generated,
    random,
  });
  const flagged = new Set(flags.map(({ name }) => name));
  return {
    values,
    problems,
    warnings: [...unusedFiles(files.values, names), ...nearVariables(names, env)],
    keep: keptValuesOf({ values, flagged, kept, generated: { ...secrets.generated, ...generated } }),
  };
}

interface Mistakes {
  readonly loaded: LoadedStack;
  /** In stackctl.yaml, variables and flags that are no values. */
  readonly settings: readonly Problem[];
  readonly values: readonly Problem[];
  readonly resolution: Resolution;
}

/** All that was given wrongly is reported at once; the values are checked in spite of mistakes elsewhere. */
export function refuseProblems({ loaded, settings, values, resolution }: Mistakes): void {
  if (settings.length + values.length === 0) return;
  const further = resolution.blame === 'values' ? resolution.problems : [];
  const inValues = [...values, ...further];
  if (settings.length === 0) throw invalidValues(loaded.spec.stack, inValues);
  throw invalidConfig([...settings, ...inValues.filter((one) => !settings.some((other) => isSamePlace(one, other)))]);
}

function isSamePlace(a: Problem, b: Problem): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column && a.origin === b.origin;
}
