/**
 * Sessions: events that belong together, one after the other, among those of other sessions. The place of an event in the run says which
 * session it is of and which step, so that each is known without those before it. Pure.
 */
import { keyOf, uniformAt } from '../lib/random.ts';
import type { Rule, Scope } from './draw-rule.ts';
import { pickBy } from './pick.ts';
import type { DrawSpec } from './profile-draw.ts';

type SessionSpec = NonNullable<DrawSpec['session']>;
type WalkSpec = NonNullable<DrawSpec['walk']>;

/** The number of the session, from 1. */
export function session(spec: SessionSpec): Rule {
  return ({ index }) => placeOf(spec, index).session + 1;
}

/** How many events of its session came before, from 0. */
export function step(name: string, scope: Scope): Rule {
  const spec = sessionIn(name, scope);
  return ({ index }) => placeOf(spec, index).step;
}

/**
 * The state of a small state machine (a Markov chain) at this step of its session. The first event is in `start`; a state that
 * leads nowhere is the last one of a visit, and the next event begins another at `start`.
 */
export function walk(path: readonly string[], { of, start, next }: WalkSpec, scope: Scope): Rule {
  const spec = sessionIn(of, scope);
  const key = keyOf(...path, 'walk');
  const names = [...new Set([start, ...Object.entries(next).flatMap(([state, to]) => [state, ...Object.keys(to)])])];
  const leads = names.map((state) => {
    const to = Object.entries(next[state] ?? {}).filter(([, weight]) => weight > 0);
    const pick = to.length === 0 ? undefined : pickBy(to.map(([, weight]) => weight));
    const places = to.map(([name]) => names.indexOf(name));
    return (at: number): number => (pick === undefined ? 0 : (places[pick(at)] ?? 0));
  });
  return ({ index }) => {
    const place = placeOf(spec, index);
    let state = 0;
    for (let taken = 0; taken < place.step; taken++) {
      state = leads[state]?.(uniformAt(key, place.session * spec.steps + taken)) ?? 0;
    }
    return names[state];
  };
}

/** `atOnce` sessions take turns until each has had its `steps`; then come the next ones. */
function placeOf({ steps, atOnce }: SessionSpec, index: number) {
  const round = steps * atOnce;
  const within = index % round;
  const turn = within % atOnce;
  return { session: ((index - within) / round) * atOnce + turn, step: (within - turn) / atOnce };
}

function sessionIn(name: string, { specOf }: Scope): SessionSpec {
  const spec = specOf(name)?.session;
  if (spec === undefined) throw new Error(`${name} was not checked to be a session`);
  return spec;
}
