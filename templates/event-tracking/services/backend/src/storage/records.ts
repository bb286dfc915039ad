/** The log of events in Redis: of each event what the figures need, as text. */
import { isError, type TrackedEvent } from '../event.ts';
import type { EventIndex } from '../figures/event-index.ts';

const FIELDS = 4;

/** One event of the log: JSON without the brackets, so that several behind each other are one list. @param time milliseconds since 1970. */
export function recordOf(event: TrackedEvent, time: number): string {
  return `${time},${event.latencyMs},${isError(event) ? 1 : 0},${JSON.stringify(event.tenantId)},`;
}

/** Adds the events of these records. */
export function addRecords(index: EventIndex, records: string): void {
  const values = JSON.parse(`[${records.slice(0, -1)}]`) as readonly (number | string)[];
  for (let at = 0; at < values.length; at += FIELDS) {
    const [time, latencyMs, failed] = [Number(values[at]), Number(values[at + 1]), values[at + 2] === 1];
    index.add({ tenantId: String(values[at + 3]), time, latencyMs, failed });
  }
}

/** Undefined for a member that is no event: another program's must not make every figure fail. */
export function eventIn(member: string): TrackedEvent | undefined {
  try {
    const event = JSON.parse(member) as Partial<TrackedEvent> | null;
    const whole = typeof event?.tenantId === 'string' && typeof event.status === 'number';
    return whole && typeof event.latencyMs === 'number' ? (event as TrackedEvent) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
