/** What a schema cannot see: names that lead nowhere, services that cannot be asked. Pure. */
import { defined } from '../lib/defined.ts';
import type { Kind } from '../stack/contract/kind.ts';
import type { Stack } from '../stack/contract/model.ts';
import { referencesIn } from '../stack/load/references.ts';
import { suggest } from '../stack/source/suggest.ts';
import { type Mistake, mistakesIn } from '../stack/source/zod-problems.ts';
import { checkDraws, unknownNames } from './check-draws.ts';
import { checkOperations } from './check-operations.ts';
import { dueMistakes } from './check-times.ts';
import type { Path } from './known-draws.ts';
import type { Route, TrafficPlan } from './operations.ts';
import { BUILT_IN_NAMES } from './placeholders.ts';
import { drawnFor, drawnSettings, fillSettings, planFor, sendsBody } from './plan-for.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { filledLimits, limitsSchema, valuesOf } from './proof.ts';

/** Every mistake of a profile for this stack. */
export function checkProfile(profile: TrafficProfile, stack: Stack): readonly Mistake[] {
  const plan = planFor(profile, stack);
  return [
    ...checkDraws(profile.draw),
    ...Object.entries(profile.operations).flatMap(([name, { draw }]) =>
      checkDraws(draw, ['operations', name, 'draw'], profile.draw),
    ),
    ...(profile.arrival.rate === undefined
      ? [
          ...dueMistakes(profile.draw, ['draw']),
          ...Object.entries(profile.operations).flatMap(([name, { draw }]) =>
            dueMistakes(draw, ['operations', name, 'draw']),
          ),
        ]
      : []),
    ...checkOperations(profile, plan, (spec) => sendsBody(spec, stack)),
    ...bodiesOf(plan).flatMap((body) => checkBody(body)),
    ...plan.sinks.flatMap((sink, index) => checkTarget(sink, sink.path, 'sink', stack, drawnFor(plan, index))),
    ...plan.routes.flatMap((route) => checkForKind(route, plan, stack)),
    ...profile.stores.flatMap((store, index) => [
      ...checkTarget(store, ['stores', index], 'store', stack),
      ...checkWhen(store.when, ['stores', index, 'when'], stack),
      ...checkProof(store, ['stores', index, 'proof'], stack),
    ]),
  ];
}

/** Whether a store is one of this run: what `when` names is so. */
export function applies(when: TrafficProfile['stores'][number]['when'], stack: Stack): boolean {
  const values = valuesOf(stack);
  return Object.entries(when).every(([name, wanted]) => values.get(name) === wanted);
}

interface NamedBody extends Pick<Route, 'body' | 'bodyPath'> {
  /** What is drawn wherever it is sent. */
  readonly names: readonly string[];
}

/** Every body once, whoever is sent it. */
function bodiesOf({ routes, operations }: TrafficPlan): readonly NamedBody[] {
  const found = new Map<string, NamedBody>();
  for (const { body, bodyPath, operation } of routes.filter(({ hasBody }) => hasBody)) {
    const key = bodyPath.join('.');
    const drawn = Object.keys(operations[operation]?.draw ?? {});
    const names = found.get(key)?.names.filter((name) => drawn.includes(name)) ?? drawn;
    found.set(key, { body, bodyPath, names });
  }
  return [...found.values()];
}

function checkBody({ body, bodyPath, names }: NamedBody): readonly Mistake[] {
  // Without its id an event cannot be found again.
  const hasId = referencesIn(body).some(({ name }) => name === 'id');
  return [
    ...unknownNames(body, bodyPath, [...BUILT_IN_NAMES, ...names], 'nothing is drawn as'),
    ...(hasId
      ? []
      : [
          {
            ...{ path: bodyPath, part: 'key' as const },
            message: 'must hold {{id}}: an event without it cannot be found again',
          },
        ]),
  ];
}

/** What the service that is sent events can make nothing of. */
function checkForKind(
  { body, bodyPath, hasBody, sink }: Route,
  { sinks }: TrafficPlan,
  stack: Stack,
): readonly Mistake[] {
  if (!hasBody) return [];
  const schema = stack.services.find(({ name }) => name === sinks[sink]?.service)?.kind.traffic?.sink?.body;
  if (schema === undefined) return [];
  return mistakesIn(schema, body).map((mistake) => ({ ...mistake, path: [...bodyPath, ...mistake.path] }));
}

function checkTarget(
  target: { readonly service: string; readonly settings: Readonly<Record<string, unknown>> },
  path: Path,
  role: 'sink' | 'store',
  stack: Stack,
  drawn?: readonly string[],
): readonly Mistake[] {
  const service = stack.services.find(({ name }) => name === target.service);
  const place = [...path, 'service'];
  if (service === undefined) {
    const names = stack.services.map(({ name }) => name);
    const message = `the stack has no service "${target.service}"`;
    return [{ path: place, part: 'value', message, ...defined({ suggestion: suggest(target.service, names) }) }];
  }
  const capability = service.kind.traffic?.[role];
  if (capability === undefined) return [{ path: place, part: 'value', message: cannot(service.kind, role) }];
  const unknown = unknownSettings(target, [...path, 'settings'], stack, drawn);
  if (unknown.length > 0) return unknown;
  return mistakesIn(capability.settings, fillSettings(target.settings, stack)).map((mistake) => ({
    ...mistake,
    path: [...path, 'settings', ...mistake.path],
  }));
}

/** In some settings a name may be one that is drawn; one that is a value of the stack too could mean either. */
function unknownSettings(
  target: { readonly service: string; readonly settings: Readonly<Record<string, unknown>> },
  path: Path,
  stack: Stack,
  drawn: readonly string[] | undefined,
): readonly Mistake[] {
  if (drawn === undefined) return unknownValues(target.settings, path, stack);
  const own = drawnSettings(target, stack);
  const others = Object.fromEntries(Object.entries(target.settings).filter(([key]) => !Object.hasOwn(own, key)));
  const values = stack.values.map(({ name }) => name);
  const message = 'is drawn, and a value of the stack too: draw it under another name';
  return [
    ...unknownValues(others, path, stack),
    ...unknownNames(own, path, [...drawn, ...values], 'nothing is drawn, and the stack has no value, as'),
    ...referencesIn(own, path)
      .filter(({ name }) => drawn.includes(name) && values.includes(name))
      .map(({ path: place, name }) => ({ path: place, part: 'value' as const, message: `{{${name}}} ${message}` })),
  ];
}

function unknownValues(tree: unknown, path: Path, { values }: Stack): readonly Mistake[] {
  const names = values.map(({ name }) => name);
  return unknownNames(tree, path, names, 'the stack has no value');
}

function cannot({ name }: Kind, role: 'sink' | 'store'): string {
  return role === 'sink'
    ? `a service of kind ${name} cannot be sent events to`
    : `a service of kind ${name} cannot be read back`;
}

function checkWhen(when: Readonly<Record<string, unknown>>, path: Path, stack: Stack): readonly Mistake[] {
  const names = stack.values.map(({ name }) => name);
  return Object.keys(when)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      path: [...path, name],
      part: 'key',
      message: 'the stack has no such value',
      ...defined({ suggestion: suggest(name, names) }),
    }));
}

function checkProof(store: TrafficProfile['stores'][number], path: Path, stack: Stack): readonly Mistake[] {
  const { values, ...limits } = store.proof;
  const mistakes = [...checkWhen(values, [...path, 'values'], stack), ...unknownValues(limits, path, stack)];
  if (mistakes.length > 0) return mistakes;
  return mistakesIn(limitsSchema, filledLimits(store, stack)).map((mistake) => ({
    ...mistake,
    path: [...path, ...mistake.path],
  }));
}
