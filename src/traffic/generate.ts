/**
 * Event i of a profile is a function of the profile's content, the seed and i (and of the run's id and epoch, which are
 * put in as they are): not of the pace, of how many are sent together or of what was sent before. So `--count 10` is the
 * beginning of `--count 1000000`. Pure.
 */
import { sha256 } from '../lib/sha256.ts';
import { eventIds } from '../stack/contract/event-id.ts';
import type { TrafficEvent } from '../stack/contract/traffic-event.ts';
import type { DueOf } from './arrival/due-times.ts';
import { compileDraw } from './draw.ts';
import { compileForms, createEvents } from './event-forms.ts';
import { BUILT_IN_NAMES } from './placeholders.ts';
import { shapesOf } from './plain.ts';
import type { TrafficProfile } from './profile-schema.ts';

export interface EventSource extends Pick<TrafficProfile, 'profile' | 'draw'> {
  readonly body: Readonly<Record<string, unknown>>;
}

export interface GenerateInput {
  readonly profile: EventSource;
  /** Decides about the events beside the seed; by default the `profileHash`. */
  readonly hash?: string;
  readonly seed: number;
  readonly runId: string;
  /** Unix time that timestamps start from. */
  readonly epochMs: number;
  /** When events are due by the arrival of the profile; absent: that has no rate. */
  readonly dueOf?: DueOf | undefined;
}

export function compileEvents({
  profile,
  hash = profileHash(profile),
  seed,
  runId,
  epochMs,
  dueOf,
}: GenerateInput): (sequence: number) => TrafficEvent {
  const key = `${hash} ${seed} ${profile.profile}`;
  const names = [...BUILT_IN_NAMES, ...Object.keys(profile.draw)];
  const slotOf = (name: string): number => names.indexOf(name);
  const draws = Object.entries(profile.draw).map(([name, spec]) => ({
    slot: slotOf(name),
    draw: compileDraw(key, name, spec, { slotOf, specOf: (other) => profile.draw[other] }),
  }));
  const idOf = eventIds(runId);
  // One of each for all events: what is made of them is not kept in them.
  const values: unknown[] = names.map(() => null);
  const moment = { index: 0, epochMs, values, dueOf };
  let whole = -1;
  const drawn = (sequence: number): readonly unknown[] => {
    if (whole === sequence) return values;
    // A draw may throw: then these are of no event.
    whole = -1;
    moment.index = sequence;
    values[0] = idOf(sequence);
    values[1] = runId;
    values[2] = sequence;
    for (let index = 0; index < draws.length; index++) {
      const { slot, draw } = draws[index] as (typeof draws)[number];
      values[slot] = draw(moment);
    }
    whole = sequence;
    return values;
  };
  return createEvents({
    idOf,
    drawn,
    slotOf,
    ...compileForms(profile.body, { slotOf, shapeOf: shapesOf(profile.draw) }),
  });
}

/** SHA-256 of what decides about the events: draws and body, in the order of the file. */
export function profileHash({ draw, body }: Pick<EventSource, 'draw' | 'body'>): string {
  return sha256(JSON.stringify([draw, body]));
}
