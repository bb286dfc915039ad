/**
 * How the rate of a run changes over its time, as factors of the rate that was asked for. Pieces in which the factor moves in a
 * straight line, so that the instant at which so many events are due has a formula. Pure.
 */

export interface Piece {
  readonly ms: number;
  /** Factor at its beginning and at its end. */
  readonly from: number;
  readonly to: number;
}

export interface Shape {
  /** At least one. */
  readonly pieces: readonly Piece[];
  /** The first piece follows the last one; otherwise the last factor holds. */
  readonly repeats: boolean;
}

export interface Point {
  /** Milliseconds after the start. */
  readonly at: number;
  readonly factor: number;
}

export interface ShapeSpec {
  readonly ramp?: { readonly from: number; readonly to: number; readonly over: number } | undefined;
  readonly bursts?: { readonly every: number; readonly for: number; readonly times: number } | undefined;
  readonly diurnal?: { readonly trough: number; readonly period: number } | undefined;
  readonly points?: readonly Point[] | undefined;
  /** A file of points that has to be read first. */
  readonly csv?: string | undefined;
}

const FLAT: Shape = { pieces: [{ ms: Number.POSITIVE_INFINITY, from: 1, to: 1 }], repeats: false };

/** The shape that a profile describes; without a description the factor is 1. Durations are milliseconds. */
export function shapeOf(spec: ShapeSpec | undefined): Shape {
  if (spec?.ramp !== undefined) {
    const { from, to, over: ms } = spec.ramp;
    return { pieces: [{ ms, from, to }], repeats: false };
  }
  if (spec?.bursts !== undefined) {
    const { every, for: ms, times } = spec.bursts;
    return { pieces: [piece(every - ms, 1), piece(ms, times)], repeats: true };
  }
  if (spec?.diurnal !== undefined) return diurnal(spec.diurnal);
  if (spec?.points !== undefined) return { pieces: between(spec.points), repeats: false };
  if (spec?.csv !== undefined) throw new Error(`the points of ${spec.csv} were not read`);
  return FLAT;
}

function piece(ms: number, factor: number): Piece {
  return { ms, from: factor, to: factor };
}

/** A raised cosine from its trough over 1 in the middle back to it, in straight pieces: at most 0.3 % beside the curve. */
function diurnal({ trough, period }: NonNullable<ShapeSpec['diurnal']>): Shape {
  const half = HALF_WAVE.map((share) => trough + (1 - trough) * share);
  const factors = [...half, ...half.slice(0, -1).toReversed()];
  const points = factors.map((factor, index) => ({ at: (index * period) / (factors.length - 1), factor }));
  return { pieces: between(points), repeats: true };
}

/** (1 - cos x) / 2 for 0, 15, … 180 degrees, as a table: the last bits of Math.cos are not laid down. */
const HALF_WAVE = [
  0, 0.0170370868554659, 0.0669872981077807, 0.146446609406726, 0.25, 0.37059047744874, 0.5, 0.62940952255126, 0.75,
  0.853553390593274, 0.933012701892219, 0.982962913144534, 1,
] as const;

function between(points: readonly Point[]): readonly Piece[] {
  const found = points.slice(1).map(({ at, factor: to }, index): Piece => {
    const before = points[index] ?? { at: 0, factor: to };
    return { ms: at - before.at, from: before.factor, to };
  });
  return found.length > 0 ? found : [piece(Number.POSITIVE_INFINITY, points[0]?.factor ?? 1)];
}

/**
 * Finds the instants at which the area under the factors reaches given values.
 * @returns a function of an area in milliseconds at factor 1, each at least the one before, to milliseconds after the start;
 * Infinity: the factors are 0 from here on.
 */
export function walkOf({ pieces, repeats }: Shape): (area: number) => number {
  let [index, beginMs, before] = [0, 0, 0];
  let current = pieces[0] ?? piece(Number.POSITIVE_INFINITY, 1);
  const next = (): void => {
    beginMs += current.ms;
    before += areaOf(current);
    index += 1;
    const last = pieces[pieces.length - 1] ?? current;
    const isOver = !repeats && index >= pieces.length;
    current = isOver ? piece(Number.POSITIVE_INFINITY, last.to) : (pieces[index % pieces.length] ?? last);
  };
  return (area) => {
    while (current.ms !== Number.POSITIVE_INFINITY && area >= before + areaOf(current)) next();
    return beginMs + msFor(current, area - before);
  };
}

function areaOf({ ms, from, to }: Piece): number {
  return (ms * (from + to)) / 2;
}

/** Solves from x + (to - from) x^2 / 2 ms = area for x, in the form that does not lose digits. */
function msFor({ ms, from, to }: Piece, area: number): number {
  if (area === 0 && from + to > 0) return 0;
  const slope = ms === Number.POSITIVE_INFINITY ? 0 : (to - from) / ms;
  const divisor = from + Math.sqrt(Math.max(0, from * from + 2 * slope * area));
  return divisor === 0 ? Number.POSITIVE_INFINITY : (2 * area) / divisor;
}
