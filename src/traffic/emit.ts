/** The events themselves, without a server: to look at them, and to show that they are the same everywhere. Pure. */
import { createHash } from 'node:crypto';
import { sha256 } from '../lib/sha256.ts';
import { textBytes } from '../lib/text-bytes.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import { jsonOf } from '../stack/contract/traffic.ts';
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

/** What is sent of each event, as lines of JSON, one for each that it is sent to; many lines in each piece. The run's id comes from the profile and the seed. */
export function* eventLines(input: EmitInput): Generator<Buffer> {
  const { profile, seed, count } = input;
  const runId = runIdOf(Buffer.from(sha256(`${hashOf(profile)} ${seed}`), 'hex'));
  const plan = planOf(profile);
  const events = eventsOf({ profile, plan, seed, runId, epochMs: epochOf(input) });
  const linesOf = plan.operations.map((_, operation) => compileLines(operation, plan, events));
  const { operationOf } = events;
  let expected = 0;
  for (let from = 0; from < count; from += LINES_AT_ONCE) {
    const lines = Math.min(LINES_AT_ONCE, count - from);
    const textOf = (index: number): string => linesOf[operationOf(from + index)]?.(from + index) ?? '';
    const bytes = textBytes(lines, textOf, expected);
    expected = bytes.length;
    yield bytes;
  }
}

/** The lines of an event of some operation: where a profile has several, or sends to several, each says which. */
function compileLines(index: number, { operations, sinks, routes }: TrafficPlan, { of }: Events) {
  const own = routes.flatMap(({ operation, sink }, route) =>
    operation === index ? [{ sink, eventAt: of[route] }] : [],
  );
  const texts = own.flatMap(({ sink, eventAt }) => {
    if (eventAt === undefined) return [];
    if (routes.length === 1) return [(sequence: number): string => `${jsonOf(eventAt(sequence))}\n`];
    const names = JSON.stringify({ operation: operations[index]?.name, sink: sinks[sink]?.name }).slice(0, -1);
    return [(sequence: number): string => `${names},"body":${jsonOf(eventAt(sequence))}}\n`];
  });
  const [first, ...others] = texts;
  if (first !== undefined && others.length === 0) return first;
  return (sequence: number): string => texts.map((text) => text(sequence)).join('');
}

/** SHA-256 of all lines, in hex. */
export function digestOf(input: EmitInput): string {
  const hash = createHash('sha256');
  for (const bytes of eventLines(input)) hash.update(bytes);
  return hash.digest('hex');
}

export function epochOf({ profile, epochMs }: Pick<EmitInput, 'profile' | 'epochMs'>): number {
  return epochMs ?? (profile.epoch === 'now' ? FIXED_EPOCH_MS : profile.epoch);
}
