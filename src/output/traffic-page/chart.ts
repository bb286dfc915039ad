import { escaped } from '../page/markup.ts';

/** Of the drawing, in its own units; it is shown as wide as the page allows. */
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [1100, 240, 64, 12, 28];

export type Look = 'first' | 'second' | 'third' | 'fourth' | 'plain';

export interface Curve {
  readonly name: string;
  readonly look: Look;
  /** One for each interval; null: nothing was measured in it. */
  readonly values: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Times differ by powers of ten: a second among milliseconds would flatten everything else. */
  readonly scale: 'linear' | 'powers';
  /** Milliseconds after the start of the run. */
  readonly intervals: readonly { readonly startMs: number; readonly lengthMs: number }[];
  readonly curves: readonly Curve[];
}

/** Curves over the time of a run. What an interval holds is told when it is pointed at. */
export function chartMarkup(chart: Chart): string {
  const { intervals, curves, title, unit } = chart;
  const last = intervals[intervals.length - 1];
  const endMs = last === undefined ? 1000 : last.startMs + last.lengthMs;
  const x = (ms: number): number => rounded(LEFT + (ms / endMs) * (WIDTH - LEFT));
  const { y, ticks } = scaleOf(chart);
  const middle = (index: number): number => {
    const { startMs = 0, lengthMs = 0 } = intervals[index] ?? {};
    return x(startMs + lengthMs / 2);
  };
  const legend = curves.map(({ name, look }) => `<li><span class="${look}"></span>${escaped(name)}</li>`).join('');
  return [
    '<figure><div class="wide">',
    `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(title)}, ${escaped(unit)}, over the seconds of the run</title>`,
    ...ticks.map((tick) => `<line class="grid" x1="${LEFT}" x2="${WIDTH}" y1="${y(tick)}" y2="${y(tick)}"/>`),
    `<g class="axis left">${ticks.map((tick) => `<text x="${LEFT - 6}" y="${y(tick) + 4}">${shown(tick)}</text>`).join('')}</g>`,
    `<g class="axis">${secondsOf(endMs)
      .map((ms) => `<text x="${x(ms)}" y="${HEIGHT - 8}">${ms / 1000} s</text>`)
      .join('')}</g>`,
    ...curves.flatMap((curve) => curveMarkup(curve, middle, y)),
    ...intervals.map(({ startMs, lengthMs }, index) => {
      const width = rounded(x(startMs + lengthMs) - x(startMs));
      const said = curves.map(({ name, values }) => `${name} ${shownOrNone(values[index])}`).join('\n');
      return `<rect class="point" x="${x(startMs)}" y="${TOP}" width="${width}" height="${HEIGHT - TOP - BOTTOM}"><title>${startMs / 1000} s\n${escaped(said)}</title></rect>`;
    }),
    `</svg></div><figcaption><ul class="legend">${legend}</ul></figcaption></figure>`,
  ].join('\n');
}

/** Where nothing was measured there is no line; an interval between two such is a dot. */
function curveMarkup({ look, values }: Curve, x: (index: number) => number, y: (value: number) => number) {
  const parts: string[][] = [];
  let current: string[] = [];
  for (const [index, value] of values.entries()) {
    if (value === null) current = [];
    else {
      if (current.length === 0) parts.push(current);
      current.push(`${x(index)},${y(value)}`);
    }
  }
  return parts.map((points) => {
    const [only = ''] = points;
    const [cx, cy] = only.split(',');
    return points.length === 1
      ? `<circle class="dot ${look}" cx="${cx}" cy="${cy}" r="3"/>`
      : `<polyline class="curve ${look}" points="${points.join(' ')}"/>`;
  });
}

function scaleOf({ scale, curves }: Chart) {
  const values = curves.flatMap((curve) => curve.values.filter((value) => value !== null));
  const [bottom, height] = [HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP];
  if (scale === 'linear') {
    const step = stepFor(Math.max(1, ...values) / 4);
    const top = step * Math.max(1, Math.ceil(Math.max(0, ...values) / step));
    const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
    return { ticks, y: (value: number) => rounded(bottom - (value / top) * height) };
  }
  const positive = values.filter((value) => value > 0);
  const low = Math.floor(Math.log10(Math.min(1, ...positive)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, ...positive))));
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const share = (value: number): number => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  return { ticks, y: (value: number) => rounded(bottom - share(value) * height) };
}

/** 1, 2 or 5 times a power of ten, at least this. */
function stepFor(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((one) => one * power >= least) ?? 10);
}

const MOST_LABELS = 11;
const STEPS_S = [1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

function secondsOf(endMs: number): readonly number[] {
  const step = 1000 * (STEPS_S.find((one) => endMs / 1000 / one <= MOST_LABELS) ?? 604_800);
  // The last one would reach beyond the edge.
  return Array.from({ length: Math.ceil(endMs / step) }, (_, index) => index * step).filter((ms) => ms <= endMs * 0.97);
}

function shown(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(3))}M`;
  return value >= 10_000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

function shownOrNone(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : shown(value);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
