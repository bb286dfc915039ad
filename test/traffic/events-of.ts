import type { TrafficEvent } from '../../src/stack/contract/traffic-event.ts';
import { eventsOf, planOf } from '../../src/traffic/operations.ts';
import type { TrafficProfile } from '../../src/traffic/profile-schema.ts';

interface Run {
  readonly profile: TrafficProfile;
  readonly seed: number;
  readonly runId: string;
  readonly epochMs: number;
}

/** The events of a profile that has one operation and sends it to one service. */
export function onlyEvents(run: Run): (sequence: number) => TrafficEvent {
  const [eventAt, other] = eventsOf({ ...run, plan: planOf(run.profile) }).of;
  if (eventAt === undefined || other !== undefined) throw new Error('the profile has not one route');
  return eventAt;
}
