/** The events themselves, without a server: to look at them, and to show that they are the same everywhere. Pure. */
import { createHash } from 'node:crypto';
import { sha256 } from '../lib/sha256.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import { compileEvents, profileHash } from './generate.ts';
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

/** What is sent of each event, as a line of JSON; many lines in each text. The run's id comes from the profile and the seed. */
export function* eventLines(input: EmitInput): Generator<string> {
  const { profile, seed, count } = input;
  const runId = runIdOf(Buffer.from(sha256(`${profileHash(profile)} ${seed}`), 'hex'));
  const eventAt = compileEvents({ profile, seed, runId, epochMs: epochOf(input) });
  let text = '';
  for (let sequence = 0; sequence < count; sequence++) {
    text += `${JSON.stringify(eventAt(sequence).body)}\n`;
    if ((sequence + 1) % LINES_AT_ONCE !== 0) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
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
