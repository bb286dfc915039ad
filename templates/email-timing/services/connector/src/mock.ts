/** Mock events: mailings to made-up recipients whose habits the timing service should find. Pure: same seed, same events. */
import type { EventType } from '../../../shared/event.ts';
import { eventIdFrom, type Incoming } from './incoming.ts';

interface Persona {
  readonly name: string;
  /** Hours (UTC) in which this recipient reads mail, and the days of the week, 0 is Monday. */
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly openRate: number;
  readonly clickRate: number;
  /** Mean time between delivery and reading, in seconds. */
  readonly latencySeconds: number;
}

const WORKDAYS = [0, 1, 2, 3, 4];
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

export const PERSONAS: readonly Persona[] = [
  { name: 'early_bird', hours: [5, 6, 7], days: EVERY_DAY, openRate: 0.7, clickRate: 0.3, latencySeconds: 240 },
  {
    name: 'office_worker',
    hours: [9, 10, 11, 14],
    days: WORKDAYS,
    openRate: 0.6,
    clickRate: 0.25,
    latencySeconds: 900,
  },
  { name: 'lunch_reader', hours: [12, 13], days: WORKDAYS, openRate: 0.5, clickRate: 0.2, latencySeconds: 1800 },
  { name: 'night_owl', hours: [22, 23, 0], days: EVERY_DAY, openRate: 0.65, clickRate: 0.35, latencySeconds: 600 },
  { name: 'weekend_reader', hours: [9, 10, 20], days: [5, 6], openRate: 0.4, clickRate: 0.15, latencySeconds: 7200 },
];

const RECIPIENTS_PER_PERSONA = 8;
const DAY_MS = 86_400_000;
const HISTORY_DAYS = 28;

export interface MockRequest {
  readonly seed: string;
  readonly count: number;
  /** Events end here; they begin four weeks earlier. */
  readonly until: Date;
}

/** Exactly `count` events: mailings one after the other, each sent, delivered, maybe opened, maybe clicked. */
export function mockEvents({ seed, count, until }: MockRequest): readonly Incoming[] {
  const random = randomFrom(`${seed}:${until.toISOString()}`);
  const events: Incoming[] = [];
  while (events.length < count) {
    for (const event of mailing(random, until)) {
      if (events.length === count) break;
      events.push({ ...event, eventId: eventIdFrom('mock', [seed, until.getTime(), events.length]) });
    }
  }
  return events;
}

function mailing(random: () => number, until: Date): readonly Omit<Incoming, 'eventId'>[] {
  const persona = pick(random, PERSONAS);
  const reader = Math.floor(random() * RECIPIENTS_PER_PERSONA) + 1;
  const campaign = `c-${Math.floor(random() * 12) + 1}`;
  const readAt = readingTime(random, persona, until);
  const latency = Math.max(1, Math.round(persona.latencySeconds * (0.5 + random())));
  const deliveredAt = readAt - latency * 1000;
  const steps: (readonly [EventType, number])[] = [
    ['sent', deliveredAt - 1000 - Math.floor(random() * 4000)],
    ['delivered', deliveredAt],
  ];
  if (random() < persona.openRate) {
    steps.push(['opened', readAt]);
    if (random() < persona.clickRate) steps.push(['clicked', readAt + 5000 + Math.floor(random() * 55_000)]);
  }
  return steps.map(([eventType, time]) => ({
    eventType,
    timestamp: new Date(time),
    recipient: { email: `${persona.name}.${reader}@mock.example` },
    metadata: { persona: persona.name, latency_seconds: latency, campaign, mock: true },
  }));
}

/** A moment in one of the persona's hours within the history, a minute and more before its end. */
function readingTime(random: () => number, persona: Persona, until: Date): number {
  const lastMidnight = Math.floor(until.getTime() / DAY_MS) * DAY_MS;
  const weeks = Math.floor(random() * (HISTORY_DAYS / 7));
  const day = pick(random, persona.days);
  const hour = pick(random, persona.hours);
  const daysBack = ((weekday(lastMidnight - DAY_MS) - day + 7) % 7) + 1 + weeks * 7;
  return lastMidnight - daysBack * DAY_MS + hour * 3_600_000 + Math.floor(random() * 3_500_000);
}

/** 0 is Monday; 1970-01-01 was a Thursday. */
function weekday(time: number): number {
  return (Math.floor(time / DAY_MS) + 3) % 7;
}

function pick<T>(random: () => number, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Numbers in [0, 1) that depend on the text alone: FNV-1a of it, then a 32-bit mixing generator. */
function randomFrom(text: string): () => number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  };
}
