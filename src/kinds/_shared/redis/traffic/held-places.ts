/** What places hold, nine bytes for each. */
import { eventId, idPrefix, idsIn, sequenceAt } from '../../../../stack/contract/event-id.ts';
import type { HeldPlaces } from './judge-writes.ts';

export interface KnownPlaces extends HeldPlaces {
  /** In words, for who is told that it is wrong. */
  shown(place: number): string;
  /** The events that places hold, as often as they do. */
  sequences(): Iterable<number>;
  /** Places that hold a score. */
  readonly scores: number;
}

const [NOT_ASKED, NOTHING, STRANGE, EVENT, SCORE] = [0, 1, 2, 3, 4] as const;

/** @param places how many there are. */
export function createHeld(places: number, runId: string) {
  const states = new Uint8Array(places);
  const values = new Float64Array(places);
  const begin = idPrefix(runId).length;
  let scores = 0;
  const set = (place: number, state: number, value = 0): void => {
    states[place] = state;
    values[place] = value;
    if (state === SCORE) scores += 1;
  };
  return {
    isEmpty: (place: number): void => set(place, NOTHING),
    hasScore: (place: number, score: number): void => set(place, SCORE, score),
    hasText: (place: number, text: string): void => {
      const [id] = idsIn(text, runId);
      const sequence = id === undefined ? undefined : sequenceAt(id, begin);
      if (sequence === undefined) set(place, STRANGE);
      else set(place, EVENT, sequence);
    },
    has: (place) => (states[place] ?? NOT_ASKED) !== NOT_ASKED,
    get: (place) => {
      const state = states[place] ?? NOT_ASKED;
      if (state === NOT_ASKED) return undefined;
      return state === EVENT ? { sequence: values[place] } : state === SCORE ? { score: values[place] } : {};
    },
    shown: (place) => {
      const [state, value = 0] = [states[place], values[place]];
      if (state === EVENT) return eventId(runId, value);
      if (state === SCORE) return `the score ${value}`;
      return state === STRANGE ? 'no event of this run' : 'nothing';
    },
    *sequences() {
      for (let place = 0; place < places; place++) if (states[place] === EVENT) yield values[place] as number;
    },
    get scores() {
      return scores;
    },
  } satisfies KnownPlaces & Readonly<Record<string, unknown>>;
}
