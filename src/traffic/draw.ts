/** Turns the draws of a profile into functions. Pure: the same event always draws the same values, on every machine. */

import { exp, ln, normalQuantile } from '../lib/exact-math.ts';
import { keyOf, uniformAt, uniformOf } from '../lib/random.ts';
import type { Moment, Rule, Scope } from './draw-rule.ts';
import { round, session, step, walk } from './draw-session.ts';
import { timeByOthers } from './draw-time.ts';
import { histogram, uuid, words } from './draw-values.ts';
import { isoOf } from './iso-time.ts';
import { pickBy, valueOfKey } from './pick.ts';
import { compileText, type SlotOf } from './placeholders.ts';
import type { DrawSpec, TimeSpec } from './profile-draw.ts';
import { roundedOf } from './rounded.ts';

/** A draw by name, whose number depends on the key of its profile and seed, its name and the index of the event. */
export function compileDraw(
  profileKey: string,
  name: string,
  spec: DrawSpec,
  scope: Scope,
): (moment: Moment) => unknown {
  const key = keyOf(profileKey, name);
  const rule = compileRule([profileKey, name], spec, scope);
  if (!usesNumber(spec)) return (moment) => rule(moment, 0);
  return (moment) => rule(moment, uniformAt(key, moment.index));
}

/** The others take what was drawn before, or numbers of their own. */
function usesNumber({ text, stable, session, step, walk }: DrawSpec): boolean {
  return [text, stable, session, step, walk].every((rule) => rule === undefined);
}

function compileRule(path: readonly string[], spec: DrawSpec, scope: Scope): Rule {
  const { slotOf } = scope;
  if (spec.weighted !== undefined) return weighted(spec.weighted);
  if (spec.oneOf !== undefined) return oneOf(spec.oneOf);
  if (spec.integer !== undefined) return integer(spec.integer);
  if (spec.number !== undefined) return decimal(spec.number);
  if (spec.skewed !== undefined) return skewed(spec.skewed);
  if (spec.zipf !== undefined) return zipf(spec.zipf);
  if (spec.text !== undefined) return text(spec.text, slotOf);
  if (spec.time !== undefined) return timeByOthers(spec.time, slotOf) ?? time(spec.time, slotOf);
  if (spec.case !== undefined) return caseOf(path, spec.case, scope);
  if (spec.stable !== undefined) return stable(path, spec.stable, scope);
  if (spec.session !== undefined) return session(spec.session);
  if (spec.step !== undefined) return step(spec.step, scope);
  if (spec.walk !== undefined) return walk(path, spec.walk, scope);
  if (spec.round !== undefined) return round(path, spec.round, scope);
  if (spec.uuid !== undefined) return uuid(path, spec.uuid, scope);
  if (spec.histogram !== undefined) return histogram(spec.histogram);
  if (spec.words !== undefined) return words(path, spec.words);
  throw new Error(`a draw without a rule: ${path.join('.')}`);
}

function weighted(weights: Readonly<Record<string, number>>): Rule {
  const values = Object.keys(weights).map(valueOfKey);
  const pick = pickBy(Object.values(weights));
  return (_, at) => values[pick(at)];
}

function oneOf(values: readonly unknown[]): Rule {
  return (_, at) => values[Math.floor(at * values.length)];
}

function integer({ min, max }: { readonly min: number; readonly max: number }): Rule {
  return (_, at) => min + Math.floor(at * (max - min + 1));
}

function decimal({ min, max, decimals }: NonNullable<DrawSpec['number']>): Rule {
  const steps = Number(`1e${decimals}`);
  return (_, at) => Math.round((min + at * (max - min)) * steps) / steps;
}

/** Of the standard normal distribution: 99 of 100 values are below it. */
const Z_99 = 2.326347874040841;
/** No quantile of 0. */
const LEAST = 2 ** -54;

function skewed({ median, p99, decimals = 0 }: NonNullable<DrawSpec['skewed']>): Rule {
  const steps = Number(`1e${decimals}`);
  const sigma = ln(p99 / median) / Z_99;
  const exactly = (at: number): number => median * exp(sigma * normalQuantile(Math.max(at, LEAST))) * steps;
  const whole = roundedOf(exactly, QUANTILE_ERROR * (1 + sigma));
  return (_, at) => whole(at) / steps;
}

/** More than the quantile of any number is off, and what that does to the value, for each unit of `sigma`. */
const QUANTILE_ERROR = 1e-7;

function zipf({ count, exponent }: NonNullable<DrawSpec['zipf']>): Rule {
  const pick = pickBy(Array.from({ length: count }, (_, index) => exp(-exponent * ln(index + 1))));
  return (_, at) => pick(at) + 1;
}

function text(template: string, slotOf: SlotOf): Rule {
  const fill = compileText(template, slotOf);
  return ({ values }) => fill(values);
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

function time({ every, within, days = 1, hour, late, format }: TimeSpec, slotOf: SlotOf): Rule {
  const hourSlot = hour === undefined ? undefined : slotOf(hour);
  const inOrder: (moment: Moment, at: number) => number =
    every !== undefined
      ? ({ epochMs, index }, at) => epochMs + (index + at) * every
      : within !== undefined
        ? ({ epochMs }, at) => epochMs - at * within
        : (moment, at) => onDay(moment, at, days, hourSlot);
  // The number is below the share as often as that says, and then its place below it is any.
  const exactly: typeof inOrder =
    late === undefined
      ? inOrder
      : (moment, at) => inOrder(moment, at) - (at < late.share ? (at / late.share) * late.upTo : 0);
  return format === 'iso'
    ? (moment, at) => isoOf(Math.floor(exactly(moment, at)))
    : (moment, at) => Math.floor(exactly(moment, at));
}

/** Whole days before the epoch's own: nothing lies in the future. The number tells the day, and what is left of it the time. */
function onDay({ epochMs, values }: Moment, at: number, days: number, hour: number | undefined): number {
  const today = Math.floor(epochMs / DAY_MS) * DAY_MS;
  const ago = Math.floor(at * days);
  const rest = at * days - ago;
  const day = today - DAY_MS * (1 + ago);
  if (hour === undefined) return day + rest * DAY_MS;
  const drawn = ((Number(values[hour]) % 24) + 24) % 24;
  return day + drawn * HOUR_MS + rest * HOUR_MS;
}

/** The same number may serve any of them: only one is drawn. */
function caseOf(path: readonly string[], { of, when, otherwise }: NonNullable<DrawSpec['case']>, scope: Scope): Rule {
  const slot = scope.slotOf(of);
  const rules = new Map(
    Object.entries(when).map(([value, spec]) => [value, compileRule([...path, value], spec, scope)]),
  );
  const rest = otherwise === undefined ? undefined : compileRule([...path, 'otherwise'], otherwise, scope);
  return (moment, at) => (rules.get(String(moment.values[slot])) ?? rest)?.(moment, at) ?? null;
}

function stable(path: readonly string[], { of, draw }: NonNullable<DrawSpec['stable']>, scope: Scope): Rule {
  const slot = scope.slotOf(of);
  const key = keyOf(...path, 'stable');
  const rule = compileRule([...path, 'stable'], draw, { ...scope, stableOf: of });
  const drawn: Rule = (moment) => rule(moment, uniformOf(key, String(moment.values[slot])));
  return isOfNumberAlone(draw) ? remembered(slot, drawn) : drawn;
}

/** Whatever else the event has drawn. */
function isOfNumberAlone({ weighted, oneOf, integer, number, skewed, zipf }: DrawSpec): boolean {
  return [weighted, oneOf, integer, number, skewed, zipf].some((rule) => rule !== undefined);
}

/** A power of two. */
const KEPT = 2 ** 13;

/** A rule that depends on one slot, with its values for whole numbers there: of each place the number that was there last. */
function remembered(slot: number, rule: Rule): Rule {
  const numbers = new Int32Array(KEPT).fill(-1);
  const results = new Array<unknown>(KEPT).fill(null);
  return (moment, at) => {
    const value = moment.values[slot];
    if (typeof value !== 'number' || (value | 0) !== value || value < 0) return rule(moment, at);
    const place = value & (KEPT - 1);
    if (numbers[place] === value) return results[place];
    const result = rule(moment, at);
    numbers[place] = value;
    results[place] = result;
    return result;
  };
}
