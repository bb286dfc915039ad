/** A service that a profile names, with what its kind can do for a run. */
import { type ServiceInput, type Stack, serviceOf } from '../stack/contract/model.ts';
import type { SinkCapability, StoreCapability, TrafficCapability, TrafficRun } from '../stack/contract/traffic.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { askedOf } from './asking.ts';
import type { Route, TrafficPlan } from './operations.ts';
import { drawnFor, fillSettings } from './plan-for.ts';
import type { TrafficProfile } from './profile-schema.ts';

/** What services are looked for by. */
export interface Naming {
  readonly profile: TrafficProfile;
  readonly plan: TrafficPlan;
  readonly stack: Stack;
}

export interface Target<Capability> {
  readonly capability: Capability;
  readonly input: ServiceInput;
  readonly settings: unknown;
  /** Of the settings in the profile. */
  readonly path: readonly PropertyKey[];
  /** With the fields of the events that it gets. */
  readonly run: TrafficRun;
}

export function targetOf<Capability>(
  { stack, profile: { profile: name } }: Pick<Naming, 'stack' | 'profile'>,
  named: { readonly service: string; readonly settings: Readonly<Record<string, unknown>> },
  path: readonly PropertyKey[],
  choose: (traffic: TrafficCapability | undefined) => Capability | undefined,
): Omit<Target<Capability>, 'run'> {
  const service = serviceOf(stack, named.service);
  const capability = choose(service.kind.traffic);
  if (capability === undefined) throw new Error(`the profile ${name} was not checked: ${path.join('.')}`);
  return { capability, input: { stack, service }, settings: fillSettings(named.settings, stack), path };
}

/** What the server says of the settings, with places in the profile. @throws E_NOT_READY when it cannot be asked. */
export async function checkTarget({
  capability,
  input,
  settings,
  path,
  run,
}: Target<SinkCapability | StoreCapability>): Promise<readonly Mistake[]> {
  const what = 'about what the profile says of it';
  const asking = { service: input.service.name, what, sure: 'Nothing was sent.', signal: run.signal };
  const mistakes = (await askedOf(asking, async () => capability.check?.(input, settings, run))) ?? [];
  return mistakes.map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
}

/** One that events are sent to. @param index its place in the plan. */
export function sinkOf(wanted: Naming, index: number, run: TrafficRun) {
  const sink = wanted.plan.sinks[index];
  if (sink === undefined) throw new Error(`the profile ${wanted.profile.profile} has no sink ${index}`);
  return {
    ...targetOf(wanted, sink, [...sink.path, 'settings'], (traffic) => traffic?.sink),
    run: { ...run, ...fieldsOf(wanted.plan, (route) => route.sink === index), drawn: drawnFor(wanted.plan, index) },
  };
}

/** Names of the fields that the bodies of some routes have, and of those that are the id in all of them. */
export function fieldsOf({ routes }: TrafficPlan, isOwn: (route: Route, index: number) => boolean) {
  const bodies = routes.filter(isOwn).map(({ body }) => body);
  const fields = [...new Set(bodies.flatMap((body) => Object.keys(body)))];
  return { fields, idFields: fields.filter((field) => bodies.every(({ [field]: value }) => value === '{{id}}')) };
}
