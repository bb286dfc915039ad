/** Turns the draws of a profile into functions. Pure: the same event always draws the same values. */

import { keyOf, type Random, type RandomKey, randomAt } from '../lib/random.ts';
import { compileText } from './placeholders.ts';
import type { DrawSpec, TimeSpec } from './profile-schema.ts';

export interface Moment {
  /** Place of the event in the run, from 0. */
  readonly index: number;
  readonly epochMs: number;
  /** What was drawn before, and the built-in names. */
  readonly values: ReadonlyMap<string, unknown>;
}

type Rule = (moment: Moment, random: Random) => unknown;

/** A draw by name, whose numbers depend on the key of its profile and seed, its name and the index of the event. */
export function compileDraw(profileKey: string, name: string, spec: DrawSpec): (moment: Moment) => unknown {
  const key = keyOf(profileKey, name);
  const rule = compileRule([profileKey, name], spec);
  return (moment) => rule(moment, randomAt(key, moment.index));
}

function compileRule(path: readonly string[], spec: DrawSpec): Rule {
  if (spec.weighted !== undefined) return weighted(spec.weighted);
  if (spec.oneOf !== undefined) return oneOf(spec.oneOf);
  if (spec.integer !== undefined) return integer(spec.integer);
  if (spec.number !== undefined) return decimal(spec.number);
  if (spec.skewed !== undefined) return skewed(spec.skewed);
  if (spec.zipf !== undefined) return zipf(spec.zipf);
  if (spec.text !== undefined) return text(spec.text);
  if (spec.time !== undefined) return time(spec.time);
  if (spec.case !== undefined) return caseOf(path, spec.case);
  if (spec.stable !== undefined) return stable(path, spec.stable);
  throw new Error(`a draw without a rule: ${path.join('.')}`);
}

function weighted(weights: Readonly<Record<string, number>>): Rule {
  const values = Object.keys(weights).map((key) => (/^(0|-?[1-9]\d{0,14})$/.test(key) ? Number(key) : key));
  const pick = pickBy(Object.values(weights));
  return (_, random) => values[pick(random())];
}

function oneOf(values: readonly unknown[]): Rule {
  return (_, random) => values[Math.floor(random() * values.length)];
}

function integer({ min, max }: { readonly min: number; readonly max: number }): Rule {
  return (_, random) => min + Math.floor(random() * (max - min + 1));
}

function decimal({ min, max, decimals }: NonNullable<DrawSpec['number']>): Rule {
  return (_, random) => Number((min + random() * (max - min)).toFixed(decimals));
}

/** Of the standard normal distribution: 99 of 100 values are below it. */
const Z_99 = 2.326347874040841;

function skewed({ median, p99 }: NonNullable<DrawSpec['skewed']>): Rule {
  const sigma = Math.log(p99 / median) / Z_99;
  return (_, random) => Math.round(median * Math.exp(sigma * normal(random)));
}

/** Box and Muller: one of the two values. */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** exp and log instead of the power operator: V8 computes these two the same way on every machine. */
function zipf({ count, exponent }: NonNullable<DrawSpec['zipf']>): Rule {
  const pick = pickBy(Array.from({ length: count }, (_, index) => Math.exp(-exponent * Math.log(index + 1))));
  return (_, random) => pick(random()) + 1;
}

/** Index of a weight, by a number from 0 to 1: binary search in the sums. */
function pickBy(weights: readonly number[]): (at: number) => number {
  const sums = new Float64Array(weights.length);
  let total = 0;
  for (const [index, weight] of weights.entries()) {
    total += weight;
    sums[index] = total;
  }
  return (at) => {
    const wanted = at * total;
    let [low, high] = [0, weights.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

function text(template: string): Rule {
  const fill = compileText(template);
  return ({ values }) => fill(values);
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

function time({ every, within, days, hour, format }: TimeSpec): Rule {
  const at: (moment: Moment, random: Random) => number =
    every !== undefined
      ? ({ epochMs, index }, random) => epochMs + (index + random()) * every
      : within !== undefined
        ? ({ epochMs }, random) => epochMs - random() * within
        : (moment, random) => onDay(moment, random, days ?? 1, hour);
  return (moment, random) => {
    const ms = Math.floor(at(moment, random));
    return format === 'iso' ? new Date(ms).toISOString() : ms;
  };
}

/** Whole days before the epoch's own: nothing lies in the future. */
function onDay({ epochMs, values }: Moment, random: Random, days: number, hour: string | undefined): number {
  const today = Math.floor(epochMs / DAY_MS) * DAY_MS;
  const day = today - DAY_MS * (1 + Math.floor(random() * days));
  if (hour === undefined) return day + random() * DAY_MS;
  const drawn = ((Number(values.get(hour)) % 24) + 24) % 24;
  return day + drawn * HOUR_MS + random() * HOUR_MS;
}

function caseOf(path: readonly string[], { of, when, otherwise }: NonNullable<DrawSpec['case']>): Rule {
  const rules = new Map(Object.entries(when).map(([value, spec]) => [value, compileRule([...path, value], spec)]));
  const rest = otherwise === undefined ? undefined : compileRule([...path, 'otherwise'], otherwise);
  return (moment, random) => (rules.get(String(moment.values.get(of))) ?? rest)?.(moment, random) ?? null;
}

function stable(path: readonly string[], { of, draw }: NonNullable<DrawSpec['stable']>): Rule {
  const rule = compileRule([...path, 'stable'], draw);
  const keys = new Map<string, RandomKey>();
  const keyFor = (value: string): RandomKey => {
    const known = keys.get(value) ?? keyOf(...path, value);
    keys.set(value, known);
    return known;
  };
  return (moment) => rule(moment, randomAt(keyFor(String(moment.values.get(of))), 0));
}
