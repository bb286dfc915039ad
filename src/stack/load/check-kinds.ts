/** What the kinds of a stack have to say about its options, ports and filled-in fields. Pure. */
import { defined } from '../../lib/defined.ts';
import { Secret } from '../../lib/secret.ts';
import type { Kind } from '../contract/kind.ts';
import type { ValueScalar } from '../contract/model.ts';
import { fieldName } from '../source/problem.ts';
import { keysAt } from '../source/schema-keys.ts';
import { suggest } from '../source/suggest.ts';
import { type Mistake, mistakesIn } from '../source/zod-problems.ts';
import { isImageName } from '../values/image-name.ts';
import { SECRET_RULE } from '../values/secret-option.ts';
import { unknownPorts, wrongPortFills } from './check-ports.ts';
import { wrongProgram } from './check-program.ts';
import type { OutlineService } from './outline.ts';
import { fillReferences, referencesIn } from './references.ts';
import { wrongVolumes } from './volumes.ts';

/** A mistake together with the values that the wrong field was made from. */
export interface FilledMistake extends Mistake {
  readonly values: readonly string[];
}

/** Mistakes of one service once its values are known. Paths start at the file's root. */
export function checkService(
  name: string,
  service: OutlineService,
  kind: Kind,
  values: ReadonlyMap<string, ValueScalar>,
): readonly FilledMistake[] {
  const root = ['services', name];
  const found = [
    ...unknownPorts(service, kind),
    ...wrongVolumes(service, kind),
    ...misspeltConfig(service, kind),
    ...unknownOptions(service, kind),
    ...wrongProgram(service, kind),
    ...wrongImage(service, values),
    ...mistakesIn(kind.options, fillReferences(service.options, values))
      .filter(({ path, part }) => !(path.length === 1 && part === 'key'))
      .map((mistake) => ({ ...mistake, path: ['options', ...mistake.path] })),
  ];
  return [
    ...found.map((mistake) => {
      const given = valueAt(service, mistake.path);
      const names = referencesIn(given).map((reference) => reference.name);
      const path = [...root, ...mistake.path];
      if (mistake.message === SECRET_RULE) return noSecret({ ...mistake, path }, name, given, values);
      return { ...mistake, path, values: names };
    }),
    // No other value would fix these.
    ...wrongFills(service, values).map((mistake) => ({ ...mistake, path: [...root, ...mistake.path], values: [] })),
  ];
}

/** A password in plain text in stack.yaml, or a value that is not of type secret. The message does not repeat it. */
function noSecret(
  mistake: Mistake,
  service: string,
  given: unknown,
  values: ReadonlyMap<string, ValueScalar>,
): FilledMistake {
  const option = String(mistake.path.at(-1));
  const [reference] = referencesIn(given);
  if (reference !== undefined) {
    const message = `must be secret: ${fieldName(mistake.path)} takes no other type`;
    if (values.has(reference.name)) {
      return { part: 'value', path: ['values', reference.name, 'type'], message, values: [] };
    }
    return { ...mistake, values: [reference.name] };
  }
  const value = camelCase(`${service}-${option}`);
  const lines = [
    `${SECRET_RULE}, so that it is in no file that others read. Write here`,
    `      ${option}: "{{${value}}}"`,
    '    and under values:',
    `      ${value}: { type: secret, default: "", description: ${option} of ${service} }`,
  ];
  return { ...mistake, message: lines.join('\n'), values: [] };
}

function camelCase(text: string): string {
  return text.replaceAll(/-+(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** A file name that is almost the one that the server reads: the server would start with the kind's own file instead. */
function misspeltConfig({ config }: OutlineService, kind: Kind): readonly Mistake[] {
  const read = (kind.defaultConfig ?? []).map(({ target }) => target).filter((target) => !config.has(target));
  return [...config.keys()].flatMap((name): readonly Mistake[] => {
    const near = suggest(name, read);
    const message = `kind ${kind.name} reads ${read.join(', ')} and no file of this name`;
    return near === undefined ? [] : [{ path: ['config', name], part: 'key', message, suggestion: near }];
  });
}

/** Checked here and not by the kind's schema, because a schema may also drop keys that it does not know. */
function unknownOptions({ options }: OutlineService, kind: Kind): readonly Mistake[] {
  const known = keysAt(kind.options, []);
  if (known === undefined) return [];
  return Object.keys(options)
    .filter((option) => !known.includes(option))
    .map((option) => ({
      path: ['options', option],
      part: 'key',
      message: `kind ${kind.name} has no such option (known: ${known.join(', ')})`,
      ...defined({ suggestion: suggest(option, known) }),
    }));
}

/** Fields that become part of compose.yaml or of a command line, where a secret would be readable by anyone. */
function wrongFills(service: OutlineService, values: ReadonlyMap<string, ValueScalar>): readonly Mistake[] {
  const open = [
    { part: service.image, at: ['image'] },
    { part: service.compose, at: ['compose'] },
    { part: service.buildArgs, at: ['build', 'args'] },
  ];
  const revealed = open.flatMap(({ part, at }) =>
    referencesIn(part, at)
      .filter(({ name }) => values.get(name) instanceof Secret)
      .map(({ path, name }): Mistake => ({ path, part: 'value', message: `must not show the secret "${name}"` })),
  );
  return [...wrongPortFills(service, values), ...revealed];
}

function wrongImage({ image }: OutlineService, values: ReadonlyMap<string, ValueScalar>): readonly Mistake[] {
  const filled = fillReferences(image, values);
  const isKnown = referencesIn(image).every(({ name }) => values.has(name));
  return typeof filled === 'string' && isKnown && !isImageName(filled)
    ? [{ path: ['image'], part: 'value', message: `must be the name of an image, not ${JSON.stringify(filled)}` }]
    : [];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}
