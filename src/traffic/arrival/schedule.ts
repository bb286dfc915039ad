/** When each event of an open loop is due. Absolute: no instant depends on when another event was sent. Pure. */
import { ln } from '../../lib/exact-math.ts';
import { keyOf, uniformAt } from '../../lib/random.ts';
import { type ShapeSpec, shapeOf, walkOf } from './shape.ts';

export interface Arrival {
  /** `poisson`: exponential times between two events, as independent users make them; `constant`: equal ones. */
  readonly process: 'constant' | 'poisson';
  readonly shape?: ShapeSpec | undefined;
}

export interface Schedule {
  /** Milliseconds after the start of the run at which the next event is due, ascending; Infinity: there is none any more. */
  next(): number;
  /** Where it is now: another one may go on from here. */
  readonly place: SchedulePlace;
}

export interface SchedulePlace {
  /** Of the next event. */
  readonly index: number;
  /** Mean times between two events that have passed before it, of a Poisson process. */
  readonly waited: number;
}

const START: SchedulePlace = { index: 0, waited: 0 };

/**
 * @param ratePerS events per second where the factor of the shape is 1.
 * @param seed with it the instants are the same in every run.
 */
export function createSchedule(
  ratePerS: number,
  { process, shape }: Arrival,
  seed: number,
  place: SchedulePlace = START,
): Schedule {
  const timeOf = walkOf(shapeOf(shape));
  const key = keyOf('arrival', String(seed));
  let { index, waited } = place;
  const units = (): number => {
    if (process === 'constant') return index;
    // The inverse of the distribution function of the exponential distribution, whose mean is 1.
    waited -= ln(1 - uniformAt(key, index));
    return waited;
  };
  return {
    next: () => {
      const due = timeOf((units() * 1000) / ratePerS);
      index += 1;
      return due;
    },
    get place() {
      return { index, waited };
    },
  };
}
