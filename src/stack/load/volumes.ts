/** `volumes` of a service: names for those that its kind has, and for a program of the stack those that it is given. Pure. */
import { defined } from '../../lib/defined.ts';
import type { Kind } from '../contract/kind.ts';
import type { Service } from '../contract/model.ts';
import { suggest } from '../source/suggest.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { OutlineService } from './outline.ts';
import type { ServiceSpec } from './spec.ts';

/** Text that begins with a slash is a path, any other a name; a map has a path. */
export function volumesOf({ volumes }: Pick<ServiceSpec, 'volumes'>): Pick<Service, 'volumes' | 'mounts'> {
  const each = Object.entries(volumes).map(([key, given]) => ({
    key,
    ...(typeof given === 'object' ? given : sideOf(given)),
  }));
  return {
    volumes: Object.fromEntries(each.flatMap(({ key, name }) => (name === undefined ? [] : [[key, name]]))),
    mounts: Object.fromEntries(each.flatMap(({ key, path }) => (path === undefined ? [] : [[key, path]]))),
  };
}

function sideOf(text: string): { readonly name?: string; readonly path?: string } {
  return text.startsWith('/') ? { path: text } : { name: text };
}

/** Volumes that the kind does not have, names where a program needs paths, and paths where the kind has its own. */
export function wrongVolumes(service: OutlineService, kind: Kind): readonly Mistake[] {
  return kind.runsStackPrograms === true
    ? wrongMounts(service)
    : Object.entries(service.volumes).flatMap((entry) => wrongName(entry, kind));
}

const MOUNT_NAME = /^[a-z][a-z0-9-]*$/;
/** One path would have several names, and could lead to what is taken. */
const ODD_SEGMENT = /\/\.{0,2}\/|\/\.{1,2}$/;

function wrongMounts({ volumes, through }: OutlineService): readonly Mistake[] {
  const entries = Object.entries(volumes);
  const pathOf = (given: unknown) =>
    typeof given === 'object' && given !== null && 'path' in given ? given.path : given;
  const together = 'cannot be given with `through`: its containers are replicas, and would write into one volume';
  return [
    ...(through === undefined || entries.length === 0 ? [] : [key(['volumes'], together)]),
    ...entries.flatMap(([volume, given], index): readonly Mistake[] => {
      const path = pathOf(given);
      const at = ['volumes', volume];
      const isTaken = entries.slice(0, index).some(([, other]) => pathOf(other) === path);
      if (!MOUNT_NAME.test(volume))
        return [key(at, 'must be lower-case letters, digits and dashes, the first one a letter')];
      if (typeof path !== 'string') return [];
      if (!path.startsWith('/'))
        return [value(at, 'must be the path of a folder in the container, e.g. /data, or a map with path and name')];
      if (path === '/stackctl' || path.startsWith('/stackctl/'))
        return [value(at, 'must be another path: the rendered files are at /stackctl')];
      if (ODD_SEGMENT.test(path)) return [value(at, 'must be a path without `.`, `..` and doubled slashes')];
      return isTaken ? [value(at, `must be another path: there is a volume at ${path} already`)] : [];
    }),
  ];
}

function wrongName([volume, given]: readonly [string, unknown], kind: Kind): readonly Mistake[] {
  const known = kind.volumes ?? [];
  const list = known.length === 0 ? 'it has none' : `known: ${known.join(', ')}`;
  if (!known.includes(volume)) {
    const message = `a container of kind ${kind.name} has no such volume (${list})`;
    return [{ ...key(['volumes', volume], message), ...defined({ suggestion: suggest(volume, known) }) }];
  }
  const isName = typeof given === 'string' && !given.startsWith('/');
  const message = `must be a name: kind ${kind.name} decides itself where the volume is in its containers`;
  return isName ? [] : [value(['volumes', volume], message)];
}

function key(path: readonly string[], message: string): Mistake {
  return { path, part: 'key', message };
}

function value(path: readonly string[], message: string): Mistake {
  return { path, part: 'value', message };
}
