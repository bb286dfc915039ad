/** The events themselves, without a server: to look at them, and to show that they are the same everywhere. Pure. */
import { createHash } from 'node:crypto';
import { sha256 } from '../lib/sha256.ts';
import { textBytes } from '../lib/text-bytes.ts';
import { runIdOf } from '../stack/contract/event-id.ts';
import type { Stack } from '../stack/contract/model.ts';
import { jsonOf } from '../stack/contract/traffic-event.ts';
import { type Events, eventsOf, hashOf, planOf, type TrafficPlan } from './operations.ts';
import { describedBy, planFor } from './plan-for.ts';
import type { TrafficProfile } from './profile-schema.ts';

export interface EmitInput {
  readonly profile: TrafficProfile;
  readonly seed: number;
  readonly count: number;
  /** Unix time that timestamps start from; undefined: the profile's epoch, and `FIXED_EPOCH_MS` for one that says `now`. */
  readonly epochMs: number | undefined;
  /** Whose kinds say what else than the body is sent; undefined: nothing is. */
  readonly stack?: Stack;
}

/** Events that depend on the day on which they are looked at could not be compared. */
export const FIXED_EPOCH_MS = Date.UTC(2026, 0, 1);

const LINES_AT_ONCE = 1000;

/** What is sent of each event, as lines of JSON, one for each that it is sent to; many lines in each piece. The run's id comes from the profile and the seed. */
export function* eventLines(input: EmitInput): Generator<Buffer> {
  const { profile, seed, count, stack } = input;
  const runId = runIdOf(Buffer.from(sha256(`${hashOf(profile)} ${seed}`), 'hex'));
  const plan = stack === undefined ? planOf(profile) : planFor(profile, stack);
  const events = eventsOf({ profile, plan, seed, runId, epochMs: epochOf(input) });
  const linesOf = plan.operations.map((_, operation) => compileLines(operation, { plan, events, stack }));
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

interface Sources {
  readonly plan: TrafficPlan;
  readonly events: Events;
  readonly stack: Stack | undefined;
}

/** The lines of an event of some operation: where a profile has several, or sends to several, each says which. */
function compileLines(index: number, { plan, events, stack }: Sources) {
  const { operations, sinks, routes } = plan;
  const own = routes.flatMap(({ operation, sink, hasBody }, route) =>
    operation === index ? [{ sink, hasBody, eventAt: events.of[route] }] : [],
  );
  const texts = own.flatMap(({ sink, hasBody, eventAt }) => {
    if (eventAt === undefined) return [];
    const described = stack === undefined ? undefined : describedBy(plan, sink, stack);
    const names = { operation: operations[index]?.name, sink: sinks[sink]?.name };
    const fields = routes.length === 1 ? '' : JSON.stringify(names).slice(1, -1);
    if (described !== undefined)
      return [
        (sequence: number): string => {
          const event = eventAt(sequence);
          const request = `"request":${JSON.stringify(described(event))}`;
          return `{${[fields, request, hasBody ? `"body":${jsonOf(event)}` : ''].filter((part) => part !== '').join()}}\n`;
        },
      ];
    if (routes.length === 1) return [(sequence: number): string => `${jsonOf(eventAt(sequence))}\n`];
    return [(sequence: number): string => `{${fields},"body":${jsonOf(eventAt(sequence))}}\n`];
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
