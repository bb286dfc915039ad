/** The ports of services: what they are called in a stack, and the numbers that they have on this machine. Pure. */
import { type ComposeService, variablesOf } from '../../stack/contract/compose-service.ts';
import type { Choice, ChosenService } from './choose.ts';
import { aliasesOf } from './directory.ts';
import { instancesOf } from './instances.ts';
import { defaultPort, hostVariable, placesIn } from './places.ts';

export interface PlannedPort {
  readonly name: string;
  readonly inside: number;
  /** Undefined: what the kind wants. */
  readonly outside: number | undefined;
}

/** Ports of images that many files name no port of. */
const KNOWN: Readonly<Record<string, number>> = {
  mongo: 27_017,
  mysql: 3306,
  mariadb: 3306,
  'percona/percona-server': 3306,
  rabbitmq: 5672,
  memcached: 11_211,
  nats: 4222,
  elasticsearch: 9200,
  'elasticsearch/elasticsearch': 9200,
  'opensearchproject/opensearch': 9200,
  'minio/minio': 9000,
};

const NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(
    [80, 3000, 4000, 5000, 5601, 8000, 8025, 8080, 8081, 8088, 8888, 9090].map((port) => [port, 'http']),
  ),
  ...{
    443: 'https',
    8443: 'https',
    25: 'smtp',
    1025: 'smtp',
    587: 'smtp',
    3306: 'mysql',
  },
  ...{
    5672: 'amqp',
    15672: 'management',
    27017: 'mongodb',
    11211: 'memcached',
    4222: 'nats',
    9200: 'http',
    9300: 'transport',
  },
};

/** A range longer than this is not taken as ports of their own. */
const LONGEST_RANGE = 4;

/** Port inside -> name, the main one first, of every chosen service by its name in the file. */
export function namePorts(choice: Choice): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const mentioned = mentionedPorts(choice);
  return new Map(
    choice.chosen.map((service) => [
      service.from.name,
      service.server === undefined ? ofContainer(service.from, mentioned.get(service.from.name)) : ofServer(service),
    ]),
  );
}

function ofServer({ server }: ChosenService): ReadonlyMap<number, string> {
  if (server === undefined) return new Map();
  const order = server.kind.ports.map(({ name }) => name);
  const ports = Object.entries(server.adopted.ports).map(([inside, name]) => [Number(inside), name] as const);
  return new Map(ports.toSorted(([, a], [, b]) => order.indexOf(a) - order.indexOf(b)));
}

function ofContainer(service: ComposeService, mentioned: readonly number[] = []): ReadonlyMap<number, string> {
  const known = KNOWN[service.image?.repository ?? ''];
  const all = [...new Set([...usable(service).map(({ inside }) => inside), ...service.expose, ...mentioned])];
  const ports = all.length === 0 && known !== undefined ? [known] : all;
  // Others mean the known one when they name none.
  const sorted =
    known !== undefined && ports.includes(known) ? [known, ...ports.filter((port) => port !== known)] : ports;
  const found = new Map<number, string>();
  for (const port of sorted) {
    const name = NAMES[port];
    found.set(port, name === undefined || [...found.values()].includes(name) ? `p${port}` : name);
  }
  return found;
}

/** Ports that are taken, each number inside once: over TCP, and no long ranges. */
export function usable({ ports }: ComposeService): ComposeService['ports'] {
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  const numbers = new Set(tcp.map(({ inside }) => inside));
  return tcp.filter(
    ({ inside }, index) =>
      tcp.findIndex((other) => other.inside === inside) === index && runAround(inside, numbers) <= LONGEST_RANGE,
  );
}

function runAround(port: number, all: ReadonlySet<number>): number {
  let [first, last] = [port, port];
  while (all.has(first - 1)) first--;
  while (all.has(last + 1)) last++;
  return last - first + 1;
}

/** Numbers at which other services ask for a service, in the order in which they are found. */
function mentionedPorts(choice: Choice): ReadonlyMap<string, readonly number[]> {
  const byWord = new Map(
    choice.chosen.flatMap(({ from }) => wordsFor(from, choice).map((word) => [word, from.name] as const)),
  );
  for (const { from } of choice.chosen) byWord.set(from.name, from.name);
  const found = new Map<string, number[]>();
  const add = (host: string, by: ComposeService, port: number | undefined): void => {
    const name = byWord.get(by.links.get(host) ?? host);
    if (name === undefined || name === by.name || port === undefined || port < 1 || port > 65_535) return;
    const ports = found.get(name) ?? [];
    if (!ports.includes(port)) found.set(name, [...ports, port]);
  };
  for (const { from } of choice.chosen) {
    const variables = variablesOf(from);
    for (const text of [...variables.values(), ...(from.command ?? []), ...(from.entrypoint ?? [])]) {
      for (const { host, port, scheme } of placesIn(text)) {
        // `redis:7` is an image.
        if (port === undefined || scheme !== undefined || port >= 80) add(host, from, port ?? defaultPort(scheme));
      }
    }
    for (const [variable, host] of variables) {
      const prefix = hostVariable(variable);
      const port = Number(variables.get(`${prefix}_PORT`) ?? variables.get(`${prefix}PORT`) ?? Number.NaN);
      if (prefix !== undefined && Number.isInteger(port)) add(host, from, port);
    }
  }
  return found;
}

function wordsFor(from: ComposeService, choice: Choice): readonly string[] {
  return aliasesOf(choice).get(from.name) ?? [];
}

export interface NumberedPorts {
  readonly ports: ReadonlyMap<string, readonly PlannedPort[]>;
  /** Service -> sentences about what has another number than in the file. */
  readonly moved: ReadonlyMap<string, readonly string[]>;
}

/** Gives every port a number on this machine. What is published keeps its own, first come first served. */
export function numberPorts(choice: Choice, names: ReadonlyMap<string, ReadonlyMap<number, string>>): NumberedPorts {
  const claimed = new Set<number>();
  const moved = new Map<string, string[]>();
  const claim = (wanted: number, count: number): number => {
    const block = (first: number) => Array.from({ length: count }, (_, index) => first + index);
    let first = wanted;
    while (block(first).some((port) => claimed.has(port)) && first < 65_000) first++;
    for (const port of block(first)) claimed.add(port);
    return first;
  };
  const published = new Map<string, number>();
  for (const { from, server } of choice.chosen) {
    for (const { inside, outside } of usable(from)) {
      if (outside === undefined || names.get(from.name)?.has(inside) !== true) continue;
      const given = claim(outside, instancesOf({ from, server }, choice));
      published.set(`${from.name} ${inside}`, given);
      if (given !== outside)
        moved.set(from.name, [
          ...(moved.get(from.name) ?? []),
          `port ${outside} is taken by another service: it has ${given}`,
        ]);
    }
  }
  const ports = choice.chosen.map(({ from, server }): [string, readonly PlannedPort[]] => {
    const own = [...(names.get(from.name) ?? [])].map(([inside, name]) => {
      const outside = published.get(`${from.name} ${inside}`);
      if (outside !== undefined) return { name, inside, outside };
      const wanted =
        server?.kind.ports.find((port) => port.name === name)?.inside ?? (inside < 1024 ? 8000 + inside : inside);
      const given = claim(wanted, instancesOf({ from, server }, choice));
      return { name, inside, outside: server !== undefined && given === wanted ? undefined : given };
    });
    return [from.name, own];
  });
  return { ports: new Map(ports), moved };
}
