import type { Mistake } from '../source/zod-problems.ts';
import type { Outline } from './outline.ts';

/** What cannot stand under `compose:` of a service. Pure. */
export function composeMistakes(outline: Outline): readonly Mistake[] {
  return [...notForReplicas(outline), ...builtOtherwise(outline)];
}

/** What Compose refuses for several containers of one service, or counts by itself. */
const NOT_FOR_REPLICAS = [['container_name'], ['scale'], ['deploy', 'replicas']] as const;

function notForReplicas({ services }: Outline): readonly Mistake[] {
  const message = 'cannot be given with `through`: there may be several containers, and `instances` says how many';
  return [...services].flatMap(([name, { through, compose }]) =>
    NOT_FOR_REPLICAS.filter((keys) => through !== undefined && isGiven(compose, keys)).map(
      (keys): Mistake => ({ path: ['services', name, 'compose', ...keys], part: 'key', message }),
    ),
  );
}

/** Of a service that stackctl builds: what `build` says, Compose would be told otherwise. */
function builtOtherwise({ services }: Outline): readonly Mistake[] {
  return [...services].flatMap(([name, { build, compose }]) => {
    if (build === undefined || compose.build === undefined) return [];
    const isText = typeof compose.build === 'string';
    if (!isText && !isGiven(compose, ['build', 'context'])) return [];
    const path = ['services', name, 'compose', 'build', ...(isText ? [] : ['context'])];
    return [
      { path, part: 'value', message: `is another folder than \`build\`, from which stackctl builds: give it there` },
    ];
  });
}

function isGiven(tree: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return (
    typeof tree === 'object' &&
    tree !== null &&
    key in tree &&
    isGiven((tree as Readonly<Record<string, unknown>>)[key], rest)
  );
}
