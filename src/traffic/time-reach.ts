/** How far before the epoch the times of a profile go. Pure. */
import { exp, ln } from '../lib/exact-math.ts';
import { type DrawSpec, innerOf } from './profile-draw.ts';

const DAY_MS = 86_400_000;

type Draws = Readonly<Record<string, DrawSpec>>;

/** No time that is drawn lies so many milliseconds before the epoch. */
export function timeReachMs(draws: Draws): number {
  return Math.max(0, ...Object.values(draws).map((spec) => reachMs(spec, draws)));
}

function reachMs(spec: DrawSpec, draws: Draws): number {
  const { time } = spec;
  const other = draws[time?.after ?? time?.before ?? ''];
  const by = time?.before === undefined ? [] : (time.by ?? []);
  // The days are whole ones: the first began up to a day earlier.
  const spread = time?.days === undefined ? (time?.within ?? 0) : (time.days + 1) * DAY_MS;
  const beside = other === undefined ? 0 : reachMs(other, draws);
  const seconds = by.reduce((sum, name) => sum + Math.max(0, most(draws[name], draws)), 0);
  const own = spread + beside + seconds * 1000 + (time?.late?.upTo ?? 0);
  return Math.max(own, ...innerOf(spec).map((inner) => reachMs(inner, draws)));
}

/** Of a log-normal draw: no number lies farther above the median than 3.6 times as far as `p99`, by its logarithm. */
const FARTHEST = 3.6;

/** No number that is drawn is larger. */
function most(spec: DrawSpec | undefined, draws: Draws): number {
  if (spec === undefined) return 0;
  const { integer, number, skewed, histogram, zipf, weighted, oneOf } = spec;
  const own = integer?.max ?? number?.max ?? histogram?.ranges.at(-1)?.upTo ?? zipf?.count;
  if (own !== undefined) return own;
  if (skewed !== undefined) return skewed.median * exp(FARTHEST * ln(skewed.p99 / skewed.median));
  const listed = [...Object.keys(weighted ?? {}), ...(oneOf ?? [])].map(Number).filter(Number.isFinite);
  return Math.max(0, ...listed, ...innerOf(spec).map((inner) => most(inner, draws)));
}
