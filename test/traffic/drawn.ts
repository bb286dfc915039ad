/** Events of draws alone. */
import { readProfile } from '../../src/traffic/load-profile.ts';
import { onlyEvents } from './events-of.ts';
import { PROFILE, trafficStack } from './profiles.ts';

const BASE = PROFILE.slice(0, PROFILE.indexOf('\ndraw:'));
export const RUN_ID = 'a1b2c3d4-e5f6';

/** @throws E_PROFILE_INVALID, for the file `orders.yaml`. @param draw lines of the map, each with two blanks before it. */
export function profileOf(draw: string) {
  const text = `${BASE}\ndraw:\n${draw}\nbody: { id: "{{id}}" }\n`;
  return readProfile({ text, file: 'orders.yaml', stack: trafficStack() }).profile;
}

/** What these draws are, by the place of the event. */
export function drawsAt(draw: string, names: readonly string[], { seed = 1, epochMs = 1_000_000 } = {}) {
  const body = Object.fromEntries([...names, 'id'].map((name) => [name, `{{${name}}}`]));
  const eventAt = onlyEvents({ profile: { ...profileOf(draw), body }, seed, runId: RUN_ID, epochMs });
  return (index: number) => eventAt(index).body as Record<string, unknown>;
}

/** Of the first events. */
export function drawn(
  draw: string,
  count: number,
  names: readonly string[],
  given: { seed?: number; epochMs?: number } = {},
) {
  const at = drawsAt(draw, names, given);
  return Array.from({ length: count }, (_, index) => at(index));
}
