/** The plan of a profile for the services of a stack: what their kinds make of the settings. Pure. */
import type { Service, Stack } from '../stack/contract/model.ts';
import { fillReferences, referencesIn } from '../stack/load/references.ts';
import { planOf, type TrafficPlan } from './operations.ts';
import { BUILT_IN_NAMES } from './placeholders.ts';
import type { SendSpec, TrafficProfile } from './profile-schema.ts';
import { valuesOf } from './proof.ts';

export function planFor(profile: TrafficProfile, stack: Stack): TrafficPlan {
  return planOf(profile, (spec) => sendsBody(spec, stack));
}

/** The settings of a target with the stack's values filled in; a value that is a secret stays one, and so does what is drawn. */
export function fillSettings(settings: Readonly<Record<string, unknown>>, stack: Stack): unknown {
  return fillReferences(settings, valuesOf(stack));
}

/** Whether something of an event's body is sent there: of a GET nothing is. */
export function sendsBody({ service, settings }: Pick<SendSpec, 'service' | 'settings'>, stack: Stack): boolean {
  return capabilityOf(service, stack)?.sendsBody?.(fillSettings(settings, stack)) ?? true;
}

/** Names that all events of a sink have drawn. @param index its place in the plan. */
export function drawnFor({ routes, operations }: TrafficPlan, index: number): readonly string[] {
  const [first = [], ...others] = routes
    .filter(({ sink }) => sink === index)
    .map(({ operation }) => Object.keys(operations[operation]?.draw ?? {}));
  return [...BUILT_IN_NAMES, ...first.filter((name) => others.every((names) => names.includes(name)))];
}

/** Those of a sink's settings that may hold what is drawn. */
export function drawnSettings({ service, settings }: Pick<SendSpec, 'service' | 'settings'>, stack: Stack) {
  const keys = capabilityOf(service, stack)?.drawn ?? [];
  return Object.fromEntries(Object.entries(settings).filter(([key]) => keys.includes(key)));
}

/** What else than the body is sent of an event, to look at; undefined: nothing that differs. @param index its place in the plan. */
export function describedBy(plan: TrafficPlan, index: number, stack: Stack) {
  const sink = plan.sinks[index];
  if (sink === undefined) return undefined;
  return capabilityOf(sink.service, stack)?.describe?.(fillSettings(sink.settings, stack), drawnFor(plan, index));
}

/** Whether a request there is made of more than the event's body. @param index its place in the plan. */
export function isMadeOfDraws(plan: TrafficPlan, index: number, stack: Stack): boolean {
  const sink = plan.sinks[index];
  if (sink === undefined) return false;
  const names = drawnFor(plan, index);
  return referencesIn(drawnSettings(sink, stack)).some(({ name }) => names.includes(name));
}

function capabilityOf(service: Service['name'], { services }: Stack) {
  return services.find(({ name }) => name === service)?.kind.traffic?.sink;
}
