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
export function walk(path: readonly string[], spec: WalkSpec, scope: Scope): Rule {
  const { names, at } = chainOf(path, spec, scope);
  return ({ index }) => names[at(index).state];
}

/**
 * How often a walk, or the one of the walks that a case takes, has come to its first state by now in this session: the number of the
 * visit, from 1. Null where the case takes none. @param name of the draw that walks.
 */
export function round([profileKey = '']: readonly string[], name: string, scope: Scope): Rule {
  const spec = scope.specOf(name);
  if (spec === undefined) throw new Error(`${name} was not checked to be a walk`);
  return roundsOf([profileKey, name], spec, scope);
}

/** By the path that the walk itself has, so that both take the same steps. */
function roundsOf(path: readonly string[], { walk: spec, case: cases }: DrawSpec, scope: Scope): Rule {
  if (cases !== undefined) {
    const slot = scope.slotOf(cases.of);
    const rules = new Map(
      Object.entries(cases.when).map(([value, inner]) => [value, roundsOf([...path, value], inner, scope)]),
    );
    const rest = cases.otherwise && roundsOf([...path, 'otherwise'], cases.otherwise, scope);
    return (moment, at) => (rules.get(String(moment.values[slot])) ?? rest)?.(moment, at) ?? null;
  }
  if (spec === undefined) throw new Error(`${path.slice(1).join('.')} was not checked to be a walk`);
  const { at } = chainOf(path, spec, scope);
  return ({ index }) => at(index).round;
}

/** Where a walk is at a step of a session. */
interface Station {
  session: number;
  step: number;
  /** Place of its name; 0 is where a walk starts. */
  state: number;
  /** Times that the walk has come to its start. */
  round: number;
}

interface Chain {
  readonly names: readonly string[];
  /** At the step of this event. What it returns is overwritten by later calls. */
  readonly at: (index: number) => Readonly<Station>;
}

/** Sessions whose last step is remembered. */
const MOST_REMEMBERED = 65_536;

/** Events mostly come in their order, so that the step before is known; another one is found by walking from the start. */
function chainOf(path: readonly string[], { of, start, next }: WalkSpec, scope: Scope): Chain {
  const spec = sessionIn(of, scope);
  const key = keyOf(...path, 'walk');
  const names = [...new Set([start, ...Object.entries(next).flatMap(([state, to]) => [state, ...Object.keys(to)])])];
  const leads = names.map((state) => {
    const to = Object.entries(next[state] ?? {}).filter(([, weight]) => weight > 0);
    const pick = to.length === 0 ? undefined : pickBy(to.map(([, weight]) => weight));
    const places = to.map(([name]) => names.indexOf(name));
    return (at: number): number => (pick === undefined ? 0 : (places[pick(at)] ?? 0));
  });
  // From the start to the start is the same visit, unless it leads nowhere and so is an end.
  const staysAtStart = Object.values(next[start] ?? {}).some((weight) => weight > 0);
  const slots = Math.min(spec.atOnce, MOST_REMEMBERED);
  const remembered = Array.from({ length: slots }, (): Station => ({ session: -1, step: 0, state: 0, round: 1 }));
  const at: Chain['at'] = (index) => {
    const { session, step } = placeOf(spec, index);
    const station = remembered[session % slots] as Station;
    if (station.session !== session || station.step > step) Object.assign(station, { session, ...BEGIN });
    for (; station.step < step; station.step += 1) {
      const before = station.state;
      station.state = leads[before]?.(uniformAt(key, session * spec.steps + station.step)) ?? 0;
      if (station.state === 0 && !(before === 0 && staysAtStart)) station.round += 1;
    }
    return station;
  };
  return { names, at };
}

const BEGIN = { step: 0, state: 0, round: 1 } as const;

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
