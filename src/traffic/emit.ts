/** The events themselves, without a server: to look at them, and to show that they are the same everywhere. Pure. */
import { createHash } from 'node:crypto';
import { sha256 } from '../lib/sha256.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import { type Events, eventsOf, hashOf, planOf, type TrafficPlan } from './operations.ts';
import type { TrafficProfile } from './profile-schema.ts';

export interface EmitInput {
  readonly profile: TrafficProfile;
  readonly seed: number;
  readonly count: number;
  /** Unix time that timestamps start from; undefined: the profile's epoch, and `FIXED_EPOCH_MS` for one that says `now`. */
  readonly epochMs: number | undefined;
}

/** Events that depend on the day on which they are looked at could not be compared. */
export const FIXED_EPOCH_MS = Date.UTC(2026, 0, 1);

const LINES_AT_ONCE = 1000;

/** What is sent of each event, as lines of JSON, one for each that it is sent to; many lines in each text. The run's id comes from the profile and the seed. */
export function* eventLines(input: EmitInput): Generator<string> {
  const { profile, seed, count } = input;
  const runId = runIdOf(Buffer.from(sha256(`${hashOf(profile)} ${seed}`), 'hex'));
  const plan = planOf(profile);
  const events = eventsOf({ profile, plan, seed, runId, epochMs: epochOf(input) });
  const linesOf = plan.operations.map((_, operation) => compileLines(operation, plan, events));
  let text = '';
  for (let sequence = 0; sequence < count; sequence++) {
    text += linesOf[events.operationOf(sequence)]?.(sequence) ?? '';
    if ((sequence + 1) % LINES_AT_ONCE !== 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** The lines of an event of some operation: where a profile has several, or sends to several, each says which. */
function compileLines(index: number, { operations, sinks, routes }: TrafficPlan, { of }: Events) {
  const own = routes.flatMap(({ operation, sink }, route) =>
    operation === index ? [{ sink, eventAt: of[route] }] : [],
  );
  if (routes.length === 1) return (sequence: number) => `${JSON.stringify(own[0]?.eventAt?.(sequence).body)}\n`;
  const operation = operations[index]?.name;
  return (sequence: number) =>
    own
      .map(
        ({ sink, eventAt }) =>
          `${JSON.stringify({ operation, sink: sinks[sink]?.name, body: eventAt?.(sequence).body })}\n`,
      )
      .join('');
}

/** SHA-256 of all lines, in hex. */
export function digestOf(input: EmitInput): string {
  const hash = createHash('sha256');
  for (const text of eventLines(input)) hash.update(text);
  return hash.digest('hex');
}

export function epochOf({ profile, epochMs }: Pick<EmitInput, 'profile' | 'epochMs'>): number {
  return epochMs ?? (profile.epoch === 'now' ? FIXED_EPOCH_MS : profile.epoch);
}
