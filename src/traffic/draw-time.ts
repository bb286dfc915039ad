/** Times that other draws decide about: so long after or before another time, or on a day that is counted. Pure. */
import type { Moment, Rule } from './draw-rule.ts';
import { isoOf } from './iso-time.ts';
import type { SlotOf } from './placeholders.ts';
import type { TimeSpec } from './profile-draw.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Unix time in milliseconds; undefined: there is no time to count from. */
type Instant = (moment: Moment, at: number) => number | undefined;

/** Undefined: the time depends on nothing but the epoch, the place of the event and, perhaps, the draw of its hour. */
export function timeByOthers(spec: TimeSpec, slotOf: SlotOf): Rule | undefined {
  const { late, format } = spec;
  const other = spec.day === undefined ? besideOther(spec, slotOf) : onCountedDay(spec, slotOf);
  const instant = spec.due === undefined ? other : whenDue;
  if (instant === undefined) return undefined;
  return (moment, at) => {
    const ms = instant(moment, at);
    if (ms === undefined) return null;
    const exactly = Math.floor(late === undefined || at >= late.share ? ms : ms - (at / late.share) * late.upTo);
    return format === 'iso' ? isoOf(exactly) : exactly;
  };
}

/** Of an event that no instant is left for, because the factor of the shape went to 0, there is none. */
function whenDue({ epochMs, index, dueOf }: Moment): number | undefined {
  const due = dueOf?.(index) ?? Number.POSITIVE_INFINITY;
  return due === Number.POSITIVE_INFINITY ? undefined : epochMs + due;
}

function besideOther({ after, before, by = [] }: TimeSpec, slotOf: SlotOf): Instant | undefined {
  const other = after ?? before;
  if (other === undefined) return undefined;
  const slot = slotOf(other);
  const spans = by.map(slotOf);
  const direction = before === undefined ? 1000 : -1000;
  return ({ values }) => {
    const base = values[slot];
    if (base === null || base === undefined) return undefined;
    let seconds = 0;
    for (const span of spans) seconds += Number(values[span] ?? 0);
    return (typeof base === 'number' ? base : Date.parse(String(base))) + direction * seconds;
  };
}

/** The number tells the place in the day, or in the hour where one is drawn. */
function onCountedDay({ days = 1, day, hour }: TimeSpec, slotOf: SlotOf): Instant {
  const daySlot = slotOf(day ?? '');
  const hourSlot = hour === undefined ? undefined : slotOf(hour);
  return ({ epochMs, values }, at) => {
    const first = (Math.floor(epochMs / DAY_MS) - days) * DAY_MS;
    const begin = first + wrapped(Number(values[daySlot]) - 1, days) * DAY_MS;
    return hourSlot === undefined
      ? begin + at * DAY_MS
      : begin + (wrapped(Number(values[hourSlot]), 24) + at) * HOUR_MS;
  };
}

function wrapped(value: number, count: number): number {
  return ((value % count) + count) % count;
}
