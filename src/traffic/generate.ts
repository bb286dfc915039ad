import { sha256 } from '../lib/sha256.ts';
/**
 * Event i of a profile is a function of the profile's content, the seed and i (and of the run's id and epoch, which are
 * put in as they are): not of the pace, of how many are sent together or of what was sent before. So `--count 10` is the
 * beginning of `--count 1000000`. Pure.
 */
import { eventId, type TrafficEvent } from '../stack/contract/traffic.ts';
import { compileDraw } from './draw.ts';
import { compileTree } from './placeholders.ts';
import type { TrafficProfile } from './profile-schema.ts';

export interface GenerateInput {
  readonly profile: Pick<TrafficProfile, 'profile' | 'draw' | 'body'>;
  readonly seed: number;
  readonly runId: string;
  /** Unix time that timestamps start from. */
  readonly epochMs: number;
}

export function compileEvents({ profile, seed, runId, epochMs }: GenerateInput): (sequence: number) => TrafficEvent {
  const key = `${profileHash(profile)} ${seed} ${profile.profile}`;
  const draws = Object.entries(profile.draw).map(([name, spec]) => ({ name, draw: compileDraw(key, name, spec) }));
  const body = compileTree(profile.body);
  return (sequence) => {
    const id = eventId(runId, sequence);
    const values = new Map<string, unknown>([
      ['id', id],
      ['run', runId],
      ['sequence', sequence],
    ]);
    for (const { name, draw } of draws) values.set(name, draw({ index: sequence, epochMs, values }));
    return { sequence, id, body: body(values) as TrafficEvent['body'] };
  };
}

/** SHA-256 of what decides about the events: draws and body, in the order of the file. */
export function profileHash({ draw, body }: GenerateInput['profile']): string {
  return sha256(JSON.stringify([draw, body]));
}
