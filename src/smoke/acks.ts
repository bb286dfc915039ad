/** Which events were acknowledged while what was restarted. Pure. */

export type Moment =
  | { readonly type: 'before' }
  /** From the stop of an instance until it is ready again. */
  | { readonly type: 'during'; readonly instance: string }
  | { readonly type: 'after' };

export interface Acks {
  readonly count: number;
  /** At this moment. */
  note(sequence: number): void;
  /** What is told from now on belongs to this moment. */
  begin(moment: Moment): void;
  /** Undefined: it was not acknowledged. */
  momentOf(sequence: number): Moment | undefined;
}

export function createAcks(): Acks {
  const moments = new Map<number, Moment>();
  let now: Moment = { type: 'before' };
  return {
    get count() {
      return moments.size;
    },
    note: (sequence) => void moments.set(sequence, now),
    begin: (moment) => {
      now = moment;
    },
    momentOf: (sequence) => moments.get(sequence),
  };
}
