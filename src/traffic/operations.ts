/** Which events a profile has, and who is sent each of them. Pure. */
import { keyOf, uniformAt } from '../lib/random.ts';
import { sha256 } from '../lib/sha256.ts';
import type { TrafficEvent } from '../stack/contract/traffic-event.ts';
import { dueTimes } from './arrival/due-times.ts';
import { compileEvents, profileHash } from './generate.ts';
import { pickBy } from './pick.ts';
import type { SendSpec, TrafficProfile } from './profile-schema.ts';

type Path = readonly PropertyKey[];

/** Where events go. */
export interface SinkPlan extends Omit<SendSpec, 'name' | 'body'> {
  /** As the profile names it; by default its service. */
  readonly name: string;
  /** Its place in the profile. */
  readonly path: Path;
}

/** What one kind of event is. */
export interface Operation {
  readonly name: string;
  readonly weight: number;
  /** What is drawn for it: the draws of the profile, then its own. */
  readonly draw: TrafficProfile['draw'];
  /** Its place in the profile; empty: the profile has but one, and is it. */
  readonly path: Path;
}

/** Events of an operation on their way to a sink. Both are places in the lists of the plan. */
export interface Route {
  readonly operation: number;
  readonly sink: number;
  readonly body: Body;
  /** Of the body in the profile. */
  readonly bodyPath: Path;
  /** False: nothing of the body is sent, as with a GET, so no store has to hold it. */
  readonly hasBody: boolean;
}

type Body = Readonly<Record<string, unknown>>;

export interface TrafficPlan {
  readonly sinks: readonly SinkPlan[];
  readonly operations: readonly Operation[];
  readonly routes: readonly Route[];
}

/**
 * Of a profile whose operations all have a body and somebody to send it to: `checkOperations` says where one has not.
 * @param sendsBody whether something of the body is sent there: see `planFor`.
 */
export function planOf(profile: TrafficProfile, sendsBody: (spec: SendSpec) => boolean = () => true): TrafficPlan {
  const sinks: SinkPlan[] = [];
  const routes: Route[] = [];
  const sinkAt = (spec: SendSpec, path: Path): number => {
    const known = sinks.findIndex((sink) => sink.path.join('.') === path.join('.'));
    if (known !== -1) return known;
    const { name = spec.service, body: _, ...rest } = spec;
    return sinks.push({ ...rest, name, path }) - 1;
  };
  const operations = partsOf(profile).map(({ part, path, ...operation }, index): Operation => {
    const send = part.send === undefined ? { spec: profile.send, from: [] } : { spec: part.send, from: path };
    // Who has a service of its own for an operation says itself who else is sent it.
    const isOwn = part.send !== undefined || part.also.length > 0;
    const also = isOwn ? { specs: part.also, from: path } : { specs: profile.also, from: [] };
    const common =
      part.body === undefined ? { body: profile.body, path: ['body'] } : { ...part, path: [...path, 'body'] };
    const targets = [
      ...(send.spec === undefined ? [] : [{ spec: send.spec, place: [...send.from, 'send'] }]),
      ...also.specs.map((spec, at) => ({ spec, place: [...also.from, 'also', at] })),
    ];
    for (const { spec, place } of targets) {
      const [given, bodyPath] = spec.body === undefined ? [common.body, common.path] : [spec.body, [...place, 'body']];
      const hasBody = sendsBody(spec);
      const body = hasBody ? given : NO_BODY;
      if (body !== undefined) routes.push({ operation: index, sink: sinkAt(spec, place), body, bodyPath, hasBody });
    }
    return { ...operation, path };
  });
  return { sinks, operations, routes };
}

const NO_BODY: Body = {};

/** A profile without operations is one. */
function partsOf(profile: TrafficProfile) {
  const { profile: name, operations } = profile;
  const own = Object.entries(operations);
  if (own.length === 0) return [{ name, weight: 1, draw: profile.draw, part: profile, path: [] as Path }];
  return own.map(([key, part]) => ({
    name: key,
    weight: part.weight,
    draw: { ...profile.draw, ...part.draw },
    part,
    path: ['operations', key] as Path,
  }));
}

/** The operation of an event, and the event as a route sends it. */
export interface Events {
  /** @returns the place of the operation in the plan. */
  operationOf(sequence: number): number;
  /** One for each route of the plan. */
  readonly of: readonly ((sequence: number) => TrafficEvent)[];
}

export interface EventsInput {
  readonly profile: TrafficProfile;
  readonly plan: TrafficPlan;
  readonly seed: number;
  readonly runId: string;
  /** Unix time that timestamps start from. */
  readonly epochMs: number;
}

export function eventsOf({ profile, plan, ...run }: EventsInput): Events {
  const { profile: name } = profile;
  const hash = hashOf(profile);
  const pick = pickBy(plan.operations.map(({ weight }) => weight));
  const key = keyOf(hash, String(run.seed), name, 'operation');
  const draws = plan.operations.map(({ draw }) => draw);
  const { rate } = profile.arrival;
  const dueOf = rate === undefined ? undefined : dueTimes(rate, profile.arrival, run.seed);
  return {
    operationOf: draws.length === 1 ? () => 0 : (sequence) => pick(uniformAt(key, sequence)),
    of: plan.routes.map(({ operation, body }) =>
      compileEvents({ profile: { profile: name, draw: draws[operation] ?? {}, body }, hash, dueOf, ...run }),
    ),
  };
}

/** SHA-256 of what decides about the events. Not of who else is sent them. */
export function hashOf({ draw, body, operations }: TrafficProfile): string {
  const own = Object.entries(operations).map(([name, part]) => [name, part.weight, part.draw, part.body]);
  return own.length === 0 ? profileHash({ draw, body: body ?? {} }) : sha256(JSON.stringify([draw, body, own]));
}
