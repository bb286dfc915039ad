/** Operations that cannot be: without a body, with nobody to send them to, with stores that cannot tell whose they are. Pure. */
import { defined } from '../lib/defined.ts';
import { suggest } from '../stack/source/suggest.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import type { TrafficPlan } from './operations.ts';
import type { SendSpec, TrafficProfile } from './profile-schema.ts';
import { routesOf } from './store-routes.ts';
import { METRIC_WORDS, type Threshold } from './thresholds.ts';

type Path = readonly PropertyKey[];

type SendsBody = (spec: SendSpec) => boolean;

/** @param sendsBody as `planFor` has it. */
export function checkOperations(profile: TrafficProfile, plan: TrafficPlan, sendsBody: SendsBody): readonly Mistake[] {
  const mistakes = [
    ...whatIsMissing(profile, plan, sendsBody),
    ...unused(profile, plan),
    ...unsentBodies(profile, plan),
    ...names(plan),
  ];
  // Whose events a store holds can be said when it is clear who is sent them.
  return mistakes.length > 0 ? mistakes : [...storeMistakes(profile, plan), ...thresholdMistakes(profile, plan)];
}

function whatIsMissing(
  profile: TrafficProfile,
  { operations, routes }: TrafficPlan,
  sendsBody: SendsBody,
): readonly Mistake[] {
  const isStored = routes.some(({ hasBody }) => hasBody);
  const stores: readonly Mistake[] =
    profile.stores.length > 0 || !isStored ? [] : [missing(['stores'], 'it says who is read back')];
  return [...stores, ...operationMistakes(profile, operations, sendsBody)];
}

function operationMistakes(
  profile: TrafficProfile,
  operations: TrafficPlan['operations'],
  sendsBody: SendsBody,
): readonly Mistake[] {
  return operations.flatMap(({ path }): readonly Mistake[] => {
    const own = path.length === 0 ? undefined : profile.operations[String(path[1])];
    const isOwn = own !== undefined && (own.send !== undefined || own.also.length > 0);
    const send = own?.send ?? profile.send;
    const { also } = isOwn ? own : profile;
    const place = (key: string): Path =>
      own === undefined || profile[key as 'send'] === undefined ? [...path, key] : [key];
    const hasBody = (own?.body ?? profile.body) !== undefined;
    const targets = [...(send === undefined ? [] : [send]), ...also];
    return [
      ...(send === undefined ? [missing(place('send'), 'it says who gets the events')] : []),
      ...(hasBody || (targets.length > 0 && targets.every((one) => one.body !== undefined || !sendsBody(one)))
        ? []
        : [missing(place('body'), 'it is what is sent')]),
    ];
  });
}

function missing(path: Path, why: string): Mistake {
  return { path, part: 'value', message: `is missing; ${why}` };
}

/** What no operation takes from the profile would be believed to be sent. */
function unused({ send, also, body, operations }: TrafficProfile, { sinks }: TrafficPlan): readonly Mistake[] {
  const own = Object.values(operations);
  if (own.length === 0) return [];
  const isUsed = (key: string): boolean => sinks.some(({ path }) => path[0] === key);
  const message = 'no operation is sent to it: every one has a send of its own';
  return [
    ...(send !== undefined && !isUsed('send') ? [{ path: ['send'], part: 'key' as const, message }] : []),
    ...(also.length > 0 && !isUsed('also') ? [{ path: ['also'], part: 'key' as const, message }] : []),
    ...(body !== undefined && own.every((one) => one.body !== undefined)
      ? [{ path: ['body'], part: 'key' as const, message: 'no operation has it: every one has a body of its own' }]
      : []),
  ];
}

/** A body that goes only where requests have none. */
function unsentBodies(profile: TrafficProfile, { routes }: TrafficPlan): readonly Mistake[] {
  const sent = new Set(routes.filter(({ hasBody }) => hasBody).map(({ bodyPath }) => bodyPath.join('.')));
  const unsent = new Map(routes.map(({ bodyPath }) => [bodyPath.join('.'), bodyPath]));
  return [...unsent].flatMap(([key, path]): readonly Mistake[] =>
    sent.has(key) || valueAt(profile, path) === undefined
      ? []
      : [{ path, part: 'key', message: 'is sent to nobody: the requests that it is for have no body' }],
  );
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], tree);
}

function names({ sinks }: TrafficPlan): readonly Mistake[] {
  if (sinks.length < 2) return [];
  return sinks.flatMap(({ name, path }, index): readonly Mistake[] => {
    const place = [...path, 'name'];
    if (METRIC_WORDS.has(name)) {
      return [{ path: place, part: 'value', message: `cannot be ${name}: thresholds have a metric of that name` }];
    }
    const isTaken = sinks.slice(0, index).some((other) => other.name === name);
    return isTaken
      ? [{ path: place, part: 'value', message: `is needed: another one that events are sent to is called ${name}` }]
      : [];
  });
}

function storeMistakes({ stores }: TrafficProfile, plan: TrafficPlan): readonly Mistake[] {
  const known = plan.operations.map(({ name }) => name);
  const sinks = plan.sinks.map(({ name }) => name);
  return stores.flatMap((store, index): readonly Mistake[] => {
    const path = ['stores', index];
    const unknown = (store.operations ?? []).flatMap((name, at) =>
      known.includes(name) ? [] : [unknownName([...path, 'operations', at], 'operation', name, known)],
    );
    if (unknown.length > 0) return unknown;
    const strange = (store.sinks ?? []).flatMap((name, at) =>
      sinks.includes(name) ? [] : [unknownName([...path, 'sinks', at], 'sink', name, sinks)],
    );
    if (strange.length > 0) return strange;
    const routes = routesOf(store, plan);
    if ('routes' in routes) return [];
    return [
      { path: [...path, store.sinks === undefined ? 'service' : 'sinks'], part: 'value', message: routes.problem },
    ];
  });
}

function unknownName(path: Path, what: string, name: string, known: readonly string[]): Mistake {
  const message = `the profile has no ${what} "${name}" (it has: ${known.join(', ')})`;
  return { path, part: 'value', message, ...defined({ suggestion: suggest(name, known) }) };
}

function thresholdMistakes({ thresholds }: TrafficProfile, plan: TrafficPlan): readonly Mistake[] {
  return thresholds.flatMap((threshold, index) => {
    const problem = unknownSink(threshold, plan);
    return problem === undefined ? [] : [{ path: ['thresholds', index], part: 'value' as const, message: problem }];
  });
}

/** Why a threshold can be held against nothing of a profile; undefined: it can. */
export function unknownSink({ sink }: Threshold, { sinks }: TrafficPlan): string | undefined {
  const names = sinks.map(({ name }) => name);
  return sink === undefined || names.includes(sink)
    ? undefined
    : `the profile sends nothing to "${sink}" (it sends to: ${names.join(', ')})`;
}
