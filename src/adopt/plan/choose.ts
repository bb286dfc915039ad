/** Which services of a Compose file become services of a stack, and as what. Pure. */
import type { AdoptedServer, Adoption, ComposeService } from '../../stack/contract/compose-service.ts';
import type { Kind } from '../../stack/contract/kind.ts';
import { MAX_SERVICES } from '../../stack/derived/addresses.ts';
import { isImageName } from '../../stack/values/image-name.ts';
import { withFileVariables } from './file-variables.ts';
import { isNamed, names } from './named.ts';

/** A service that comes into the stack. */
export interface ChosenService {
  readonly from: ComposeService;
  /** What its server is; undefined: any image. */
  readonly server: ChosenServer | undefined;
  /** Why it is any image although a kind knows its image. */
  readonly why: string | undefined;
}

export interface ChosenServer {
  readonly kind: Kind;
  readonly adopted: AdoptedServer;
  /** Undefined: the kind's default. */
  readonly image: string | undefined;
}

export interface StaysOut {
  readonly service: string;
  /** As a sentence without its full stop. */
  readonly why: string;
}

export interface Choice {
  readonly chosen: readonly ChosenService[];
  readonly staysOut: readonly StaysOut[];
  /** A further node of a server -> the service that stands for all of them. */
  readonly same: ReadonlyMap<string, string>;
  /** Every service of the file. */
  readonly all: readonly ComposeService[];
}

export interface Possible {
  /** The kind that takes any image; undefined: there is none. */
  readonly anyImage: string | undefined;
  /** Whether a path is there, relative to the folder of the Compose file. */
  readonly isThere: (path: string) => boolean;
}

export function chooseServices(
  services: readonly ComposeService[],
  kinds: readonly Kind[],
  { anyImage, isThere }: Possible,
): Choice {
  const staysOut: StaysOut[] = [];
  const same = new Map<string, string>();
  const jobs = jobsIn(services);
  const able = services.filter((service) => {
    const why = jobs.get(service.name) ?? hindrance(service, isThere);
    if (why !== undefined) staysOut.push({ service: service.name, why });
    return why === undefined;
  });
  const adoptions = new Map(able.map((service) => [service.name, adoptionOf(service, able, kinds)]));
  const chosen = able.flatMap((from): readonly ChosenService[] => {
    const { kind, adoption } = adoptions.get(from.name) ?? {};
    if (kind === undefined || adoption === undefined) return [{ from, server: undefined, why: undefined }];
    if (adoption.type === 'server') {
      return [{ from, server: { kind, adopted: adoption, image: imageOf(from, kind) }, why: undefined }];
    }
    if (adoption.type === 'other') return [{ from, server: undefined, why: adoption.why }];
    if (adoption.type === 'same') return further(from, adoption, able, { staysOut, same });
    staysOut.push({ service: from.name, why: adoption.why });
    return [];
  });
  const known = withoutCompanions(chosen.map(watching(chosen)), kinds, staysOut);
  const taken = anyImage === undefined ? known.filter((one) => isServer(one, staysOut)) : known;
  return { chosen: limited(taken, staysOut), staysOut, same, all: services };
}

function further(
  from: ComposeService,
  { as, why }: Extract<Adoption, { type: 'same' }>,
  all: readonly ComposeService[],
  { staysOut, same }: { readonly staysOut: StaysOut[]; readonly same: Map<string, string> },
): readonly ChosenService[] {
  const other = all.find(({ name, aliases }) => name === as || aliases.includes(as));
  if (other === undefined || other.name === from.name) return [{ from, server: undefined, why }];
  staysOut.push({ service: from.name, why });
  same.set(from.name, other.name);
  return [];
}

function isServer({ from, server }: ChosenService, staysOut: StaysOut[]): boolean {
  if (server === undefined) staysOut.push({ service: from.name, why: 'no kind takes its image' });
  return server !== undefined;
}

/** What watches another one is of its kind only beside a server that has replicas. */
function watching(all: readonly ChosenService[]): (service: ChosenService) => ChosenService {
  return (service) => {
    const master = service.server?.adopted.monitors;
    if (
      master === undefined ||
      all.some((other) => other.from.name === master && other.server?.kind.replicated !== undefined)
    ) {
      return service;
    }
    return { from: service.from, server: undefined, why: `it watches ${master}, which is no such server in the stack` };
  };
}

function adoptionOf(service: ComposeService, all: readonly ComposeService[], kinds: readonly Kind[]) {
  const kind = kindOf(service, kinds);
  if (kind?.adopt === undefined) return {};
  const alike = all.filter((other) => kindOf(other, kinds) === kind);
  return { kind, adoption: kind.adopt.read(withFileVariables(service), alike.map(withFileVariables)) };
}

function kindOf({ image, build }: ComposeService, kinds: readonly Kind[]): Kind | undefined {
  if (image === undefined || build !== undefined) return undefined;
  return kinds.find(({ adopt }) => Object.hasOwn(adopt?.images ?? {}, image.repository));
}

function imageOf({ image }: ComposeService, { adopt }: Kind): string | undefined {
  const taken = adopt?.images[image?.repository ?? ''];
  return taken === 'kept' ? image?.text : taken?.(image?.tag);
}

/** Why a service cannot be one of a stack. */
function hindrance(service: ComposeService, isThere: (path: string) => boolean): string | undefined {
  const { profiles, networkMode = '', replicas, image, build } = service;
  if (profiles.length > 0) return `Compose starts it only with the profile ${profiles.join(' or ')}`;
  if (/^(host|none|service:|container:)/.test(networkMode)) {
    return `it has \`network_mode: ${networkMode}\`, and every service of a stack is in the stack's own network`;
  }
  if (replicas === 0) return 'it has no replicas';
  if (image === undefined && build === undefined) return 'it has neither an image nor a build';
  if (build !== undefined && /^[a-z]+:\/\/|^git@/.test(build.context)) return 'it is built from a repository elsewhere';
  if (build !== undefined && !isThere(build.context))
    return `the folder that it is built from, ${build.context}, is not there`;
  if (build === undefined && !isImageName(image?.text ?? '')) return 'what it has as image is the name of none';
  return undefined;
}

/** What ends by itself: a stack is what goes on running. */
function jobsIn(services: readonly ComposeService[]): ReadonlyMap<string, string> {
  const jobs = new Map<string, string>();
  for (const { name, dependsOn } of services) {
    for (const [other, condition] of dependsOn) {
      if (condition !== 'service_completed_successfully') continue;
      jobs.set(
        other,
        `it runs once and ends (${name} waits for that): run it by hand, or bring what it does into \`migrations:\``,
      );
    }
  }
  for (const { name, command = [], entrypoint = [], rest } of services) {
    const ends = /(^|[\s;&])exit 0;?\s*$/.test([...entrypoint, ...command].join(' ').trim());
    if (!jobs.has(name) && ends && rest.restart === undefined)
      jobs.set(name, 'its command ends by itself (`exit 0`): run it by hand');
  }
  return jobs;
}

/** ZooKeeper beside a Kafka that needs none stays out when nobody else names it. */
function withoutCompanions(
  chosen: readonly ChosenService[],
  kinds: readonly Kind[],
  staysOut: StaysOut[],
): readonly ChosenService[] {
  return chosen.filter(({ from, server }) => {
    const kind = kinds.find(({ adopt }) => adopt?.companions?.includes(from.image?.repository ?? '') === true);
    if (server !== undefined || kind === undefined) return true;
    const users = chosen.filter((other) => other.from.name !== from.name && names(other.from, from.name));
    // Who only waits for it, and for a server of the kind too, does not speak to it.
    const servers = chosen.filter((other) => other.server?.kind === kind).map((other) => other.from.name);
    const needed = users.some(
      (user) =>
        user.server?.kind !== kind &&
        user.from.image?.repository !== from.image?.repository &&
        (isNamed(user.from, from.name) || !servers.some((server) => names(user.from, server))),
    );
    if (needed || !chosen.some((other) => other.server?.kind === kind)) return true;
    staysOut.push({ service: from.name, why: `the kind ${kind.name} needs none` });
    return false;
  });
}

/** What is over the number of services that a stack may have: those that nothing depends on, from the last one on. */
function limited(chosen: readonly ChosenService[], staysOut: StaysOut[]): readonly ChosenService[] {
  if (chosen.length <= MAX_SERVICES) return chosen;
  const isNeeded = ({ from }: ChosenService) => chosen.some((other) => other.from.dependsOn.has(from.name));
  const order = [...chosen.filter(isNeeded), ...chosen.filter((one) => !isNeeded(one))];
  for (const { from } of order.slice(MAX_SERVICES)) {
    staysOut.push({ service: from.name, why: `a stack has at most ${MAX_SERVICES} services` });
  }
  return order.slice(0, MAX_SERVICES);
}
