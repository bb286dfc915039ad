import type { Bar, Lane, Lanes, Mark } from '../../failover/lanes.ts';
import { escaped } from '../page/markup.ts';

/** Of the drawing, in its own units; it is shown as wide as the page allows. */
const WIDTH = 1100;
const LEFT = 110;
const LANE = 34;
const BAR = 26;
const TOP = 26;
/** Characters of a lane's name. */
const LONGEST = 15;

export interface Subject {
  /** Unique in the page. */
  readonly id: string;
  /** What was done, at time 0. */
  readonly fault: string;
  /** Name of a lane -> what is shown for it; others are shown by their names. */
  readonly titles: ReadonlyMap<string, string>;
}

/**
 * A swim-lane drawing that says what it shows without scripts. Everything that has a time carries it (`data-from`, `data-to`,
 * `data-at`), so that a script can draw another stretch of it.
 */
export function pictureMarkup({ from, to, lanes }: Lanes, { id, fault, titles }: Subject): string {
  const height = TOP + lanes.length * LANE + 24;
  const x = (time: number): number => round(LEFT + ((time - from) / (to - from)) * (WIDTH - LEFT));
  const body = lanes.map((lane, index) => {
    const name = titles.get(lane.name) ?? lane.name;
    return laneMarkup({ ...lane, name }, TOP + index * LANE, x);
  });
  const bottom = TOP + lanes.length * LANE;
  return [
    `<svg class="lanes" viewBox="0 0 ${WIDTH} ${height}" role="img" data-from="${from}" data-to="${to}" data-left="${LEFT}" data-width="${WIDTH}">`,
    `<title>What happened when, in milliseconds after: ${escaped(fault)}</title>`,
    `<clipPath id="${id}"><rect x="${LEFT}" y="0" width="${WIDTH - LEFT}" height="${height}"/></clipPath>`,
    ...lanes.map((_, index) => groundMarkup(TOP + index * LANE)),
    `<g clip-path="url(#${id})">`,
    ...body.map(({ drawn }) => drawn),
    `<line class="fault" x1="${x(0)}" x2="${x(0)}" y1="${TOP - 8}" y2="${bottom}" data-at="0"/>`,
    `<text class="fault" x="${x(0)}" y="${TOP - 12}" dx="4" data-at="0">${escaped(fault)}</text>`,
    '</g>',
    ...body.map(({ label }) => label),
    `<g class="axis" data-y="${bottom + 16}">${axisMarkup(from, to, x, bottom + 16)}</g>`,
    '</svg>',
  ].join('\n');
}

function laneMarkup({ name, bars, marks }: Lane, top: number, x: (time: number) => number) {
  const middle = top + LANE / 2;
  const shown = shortened(name);
  const whole = shown === name ? '' : `<title>${escaped(name)}</title>`;
  return {
    label: `<text class="name" x="${LEFT - 8}" y="${middle + 4}">${whole}${escaped(shown)}</text>`,
    drawn: [...bars.map((bar) => barMarkup(bar, top, x)), ...marks.map((mark) => markMarkup(mark, top, x))].join('\n'),
  };
}

/** As much as the margin has room for; the end says more than the middle (`raw?data=counter&sentinel=sentinel-1`). */
function shortened(name: string): string {
  return name.length <= LONGEST ? name : `${name.slice(0, LONGEST - 9)}…${name.slice(-8)}`;
}

function groundMarkup(top: number): string {
  return `<rect class="ground" x="${LEFT}" y="${top + 2}" width="${WIDTH - LEFT}" height="${LANE - 4}"/>`;
}

function barMarkup({ look, from, to, height, title }: Bar, top: number, x: (time: number) => number): string {
  const tall = round(BAR * height);
  const wide = Math.max(1, round(x(to) - x(from)));
  const place = `x="${x(from)}" y="${round(top + 4 + BAR - tall)}" width="${wide}" height="${tall}"`;
  return `<rect class="${look}" ${place} data-from="${round(from)}" data-to="${round(to)}"><title>${escaped(title)}</title></rect>`;
}

function markMarkup({ at, title, isPhase }: Mark, top: number, x: (time: number) => number): string {
  const look = isPhase ? 'phase' : 'event';
  const place = `x1="${x(at)}" x2="${x(at)}" y1="${top + (isPhase ? 4 : 14)}" y2="${top + 30}"`;
  return `<line class="${look}" ${place} data-at="${round(at)}"><title>${escaped(title)}</title></line>`;
}

function axisMarkup(from: number, to: number, x: (time: number) => number, y: number): string {
  return ticks(from, to)
    .map((time) => `<text x="${x(time)}" y="${y}">${time / 1000} s</text>`)
    .join('');
}

/** At most ten round numbers. The script does the same. */
export function ticks(from: number, to: number): readonly number[] {
  const step = STEPS.find((one) => (to - from) / one <= 10) ?? STEPS.at(-1) ?? 1;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

/** Of an axis, in milliseconds. */
export const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 300_000, 600_000, 3_600_000,
];

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
