import type { ComposeService } from '../../stack/contract/compose-service.ts';
import { isTree, type Tree } from './values.ts';

/**
 * A service that `extends` another one, by the rules of Compose: maps are merged, lists are joined (ports, mounts: by what they are
 * for), commands and single values are replaced (https://docs.docker.com/reference/compose-file/services/#extends). Pure.
 */
export function mergeServices(base: ComposeService, over: ComposeService): ComposeService {
  return {
    name: over.name,
    image: over.image ?? base.image,
    build: over.build === undefined ? base.build : { ...over.build, ...mergedBuild(base, over.build) },
    command: over.command ?? base.command,
    entrypoint: over.entrypoint ?? base.entrypoint,
    environment: new Map([...base.environment, ...over.environment]),
    envFiles: [...base.envFiles, ...over.envFiles],
    ports: distinct([...base.ports, ...over.ports], (port) => JSON.stringify(port)),
    expose: [...new Set([...base.expose, ...over.expose])],
    mounts: distinct([...base.mounts, ...over.mounts].reverse(), ({ target }) => target).toReversed(),
    healthcheck: over.healthcheck ?? base.healthcheck,
    healthcheckTimeoutS: over.healthcheckTimeoutS ?? base.healthcheckTimeoutS,
    dependsOn: new Map([...base.dependsOn, ...over.dependsOn]),
    aliases: [...new Set([...base.aliases, ...over.aliases])],
    links: new Map([...base.links, ...over.links]),
    replicas: over.replicas === 1 ? base.replicas : over.replicas,
    stopGraceS: over.stopGraceS ?? base.stopGraceS,
    networkMode: over.networkMode ?? base.networkMode,
    profiles: [...new Set([...base.profiles, ...over.profiles])],
    files: distinct([...base.files, ...over.files], (file) => JSON.stringify(file)),
    rest: mergedTree(base.rest, over.rest),
  };
}

function mergedBuild(base: ComposeService, over: NonNullable<ComposeService['build']>) {
  return { args: { ...base.build?.args, ...over.args }, rest: mergedTree(base.build?.rest ?? {}, over.rest) };
}

function mergedTree(base: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = base[key];
    merged[key] =
      isTree(before) && isTree(value)
        ? mergedTree(before, value)
        : Array.isArray(before) && Array.isArray(value)
          ? [...before, ...value]
          : value;
  }
  return merged;
}

function distinct<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
