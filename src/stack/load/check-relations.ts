/** What services are to each other, as far as their kinds have a say in it: names were checked before. Pure. */
import type { Kind } from '../contract/kind.ts';
import type { Mistake } from '../source/zod-problems.ts';
import type { Outline, OutlineService } from './outline.ts';

type Kinds = ReadonlyMap<string, Kind>;

/** Relations that a kind does not support, or that name a service of a kind that cannot play that part. */
export function checkRelations(outline: Outline, kinds: Kinds): readonly Mistake[] {
  const kindOf = (name: string | undefined) => kinds.get(outline.services.get(name ?? '')?.kind ?? '');
  return [
    ...[...outline.services].flatMap(([name, service]) => {
      const kind = kinds.get(service.kind ?? '');
      if (kind === undefined) return [];
      const found = [
        ...wrongMonitors(service, kind, kindOf),
        ...wrongPrimaryFrom(name, service, kind, outline, kindOf),
        ...wrongThrough(name, service, kind, outline, kindOf),
      ];
      return found.map((mistake) => ({ ...mistake, path: ['services', name, ...mistake.path] }));
    }),
    ...wrongMigrations(outline, kinds, kindOf),
  ];
}

type KindOf = (service: string | undefined) => Kind | undefined;

function wrongMonitors({ monitors }: OutlineService, kind: Kind, kindOf: KindOf): readonly Mistake[] {
  if (kind.arbiter === undefined) {
    return monitors === undefined ? [] : [key('monitors', `a service of kind ${kind.name} watches no other one`)];
  }
  if (monitors === undefined) {
    return [
      value('monitors', `is missing; it must be the service whose primary a service of kind ${kind.name} watches`),
    ];
  }
  const target = kindOf(monitors);
  return target === undefined || target.replicated !== undefined
    ? []
    : [value('monitors', `must be a service with a primary and replicas: ${monitors} is of kind ${target.name}`)];
}

function wrongPrimaryFrom(
  name: string,
  { primaryFrom }: OutlineService,
  kind: Kind,
  { services }: Outline,
  kindOf: KindOf,
): readonly Mistake[] {
  if (primaryFrom === undefined) return [];
  if (kind.replicated === undefined) return [key('primaryFrom', `a service of kind ${kind.name} has no primary`)];
  const target = kindOf(primaryFrom);
  if (target === undefined) return [];
  if (target.arbiter === undefined) {
    return [value('primaryFrom', `must be a service that watches this one: ${primaryFrom} is of kind ${target.name}`)];
  }
  const watched = services.get(primaryFrom)?.monitors;
  return watched === undefined || watched === name
    ? []
    : [value('primaryFrom', `must be a service that watches this one: ${primaryFrom} monitors ${watched}`)];
}

/** Whether the kind has the key at all is checked with the others of its program. */
function wrongThrough(
  name: string,
  { through }: OutlineService,
  kind: Kind,
  { services }: Outline,
  kindOf: KindOf,
): readonly Mistake[] {
  if (through === undefined || kind.runsStackPrograms !== true) return [];
  if (through === name) return [value('through', 'must be another service')];
  const target = kindOf(through);
  if (target === undefined) return [];
  if (target.runsStackPrograms !== true) {
    return [value('through', `must be a program that stands in front: ${through} is of kind ${target.name}`)];
  }
  const next = services.get(through)?.through;
  return next === undefined
    ? []
    : [value('through', `must be the service that everybody asks: ${through} itself is reached through ${next}`)];
}

function wrongMigrations({ services, migrations }: Outline, kinds: Kinds, kindOf: KindOf): readonly Mistake[] {
  const able = [...services.keys()].filter((name) => kindOf(name)?.migrator !== undefined);
  const list = able.length === 0 ? 'no service here has' : `these have: ${able.join(', ')}`;
  return [...migrations.keys()].flatMap((name): readonly Mistake[] => {
    const kind = kinds.get(services.get(name)?.kind ?? '');
    if (kind === undefined || kind.migrator !== undefined) return [];
    const message = `a service of kind ${kind.name} has no schema that files could bring up to date (${list})`;
    return [{ path: ['migrations', name], part: 'key', message }];
  });
}

function key(name: string, message: string): Mistake {
  return { path: [name], part: 'key', message };
}

function value(name: string, message: string): Mistake {
  return { path: [name], part: 'value', message };
}
