import { isReserved, NAME_PATTERN } from '../../stack/source/names.ts';

const LONGEST = 41;

/** `my_Service.v2` -> `my-service-v2`: as near as a name of a service or a stack can be. */
export function fittingName(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST)
    .replace(/-+$/, '');
  const fitting = NAME_PATTERN.test(plain) ? plain : 'service';
  return isReserved(fitting) ? `${fitting}-service` : fitting;
}

/**
 * Name in the Compose file -> name in the stack, each once. `redis-1` beside `redis` would be the name of an instance, and becomes
 * `redis1`.
 */
export function serviceNames(names: readonly string[]): ReadonlyMap<string, string> {
  const wanted = new Set(names.map(fittingName));
  const found = new Map<string, string>();
  const taken = new Set<string>();
  // Names that fit stay as they are, whoever comes first.
  const inTurn = [...names].sort((a, b) => Number(fittingName(a) !== a) - Number(fittingName(b) !== b));
  for (const name of inTurn) {
    const free = candidates(fittingName(name)).find((one) => !taken.has(one) && !isInstance(one, wanted)) ?? name;
    taken.add(free);
    wanted.add(free);
    found.set(name, free);
  }
  return new Map(names.map((name) => [name, found.get(name) ?? name]));
}

function isInstance(name: string, all: ReadonlySet<string>): boolean {
  const base = /^(.+)-[1-9]\d*$/.exec(name)?.[1];
  return base !== undefined && all.has(base);
}

function candidates(name: string): readonly string[] {
  const short = name.slice(0, LONGEST - 3);
  return [
    name,
    name.replace(/-([1-9]\d*)$/, '$1'),
    ...'bcdefghijklmnopqrstuvwxyz'.split('').map((letter) => `${short}-${letter}`),
  ];
}

/** `SECRET_KEY_BASE` -> `secretKeyBase`. */
export function camelCase(text: string): string {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const joined = words
    .map((word, index) => (index === 0 ? word : `${word[0]?.toUpperCase()}${word.slice(1)}`))
    .join('');
  const name = /^[a-z]/.test(joined) ? joined : `value${joined}`;
  return isReserved(name) ? `${name}Value` : name;
}
