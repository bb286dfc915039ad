/** When an event of a schedule is due, of any event. Pure. */
import { type Arrival, createSchedule, type SchedulePlace } from './schedule.ts';

/** Milliseconds after the start of the run; Infinity: it never is. */
export type DueOf = (sequence: number) => number;

/** Events of a block, which is made at once: most are asked for in about their order. */
const BLOCK = 1024;
/** Blocks that are kept. */
const KEPT = 4;

/** The instants of `createSchedule` with the same arguments; of the run only its place at the beginning of each block is kept. */
export function dueTimes(ratePerS: number, arrival: Arrival, seed: number): DueOf {
  const places: SchedulePlace[] = [{ index: 0, waited: 0 }];
  const blocks = new Map<number, Float64Array>();
  const make = (block: number): Float64Array => {
    const schedule = createSchedule(ratePerS, arrival, seed, places[block]);
    const times = Float64Array.from({ length: BLOCK }, () => schedule.next());
    places[block + 1] = schedule.place;
    blocks.set(block, times);
    const [oldest] = blocks.keys();
    if (blocks.size > KEPT && oldest !== undefined) blocks.delete(oldest);
    return times;
  };
  return (sequence) => {
    const block = Math.floor(sequence / BLOCK);
    for (let before = places.length - 1; before < block; before++) make(before);
    return (blocks.get(block) ?? make(block))[sequence % BLOCK] as number;
  };
}
