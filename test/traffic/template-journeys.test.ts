/** What the profiles of built-in stacks promise whose events follow from each other. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { groupBy } from '../../src/lib/group-by.ts';

import { loadProfile } from '../../src/traffic/load-profile.ts';
import { builtInStack } from '../support/built-in-stack.ts';
import { onlyEvents } from './events-of.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));
const EPOCH_MS = Date.UTC(2026, 0, 1);

async function bodiesOf(name: string, profileName: string, count: number): Promise<readonly unknown[]> {
  const stack = { ...(await builtInStack(name, { runtime: 'process' })), traffic: join(TEMPLATES, name, 'traffic') };
  const { profile } = await loadProfile(stack, profileName, '/');
  const eventAt = onlyEvents({ profile, seed: 3, runId: 'a1b2c3d4-e5f6', epochMs: EPOCH_MS });
  return Array.from({ length: count }, (_, sequence) => eventAt(sequence).body);
}

interface Mail {
  readonly event_type: string;
  readonly email: string;
  readonly timestamp: string;
  readonly message_id: string;
  readonly metadata: {
    readonly persona: string;
    readonly latency_seconds: number;
    readonly campaign: string;
    readonly subject: string;
  };
}

const HOURS: Readonly<Record<string, readonly number[]>> = {
  early_bird: [5, 6, 7],
  office_worker: [9, 10, 11, 14],
  lunch_reader: [12, 13],
  night_owl: [22, 23, 0],
  weekend_reader: [9, 10, 20],
};

test('email-timing journeys: each mail goes its way in order, and is read at the hours of its recipient', async () => {
  const all = (await bodiesOf('email-timing', 'journeys', 2500)) as Mail[];
  const ways = new Set<string>();
  for (const events of groupBy(all, ({ message_id }) => message_id).values()) {
    const times = events.map(({ timestamp }) => Date.parse(timestamp));
    expect(times.every((ms, index) => index === 0 || ms > (times[index - 1] ?? 0))).toBe(true);
    expect(times.every((ms) => ms < EPOCH_MS + 600_000)).toBe(true);
    expect(new Set(events.map(({ email, metadata }) => `${email} ${metadata.campaign} ${metadata.subject}`)).size).toBe(
      1,
    );
    const at = new Map(events.map(({ event_type }, index) => [event_type, times[index] ?? 0]));
    const [first, opened, delivered] = [events[0], at.get('opened'), at.get('delivered')];
    if (first !== undefined && opened !== undefined && delivered !== undefined) {
      expect(HOURS[first.metadata.persona]).toContain(new Date(opened).getUTCHours());
      expect(opened - delivered).toBe(first.metadata.latency_seconds * 1000);
    }
    ways.add(events.map(({ event_type }) => event_type).join(' '));
  }
  expect([...ways].toSorted()).toEqual([
    'sent',
    'sent bounced',
    'sent delivered',
    'sent delivered opened',
    'sent delivered opened clicked',
    'sent delivered opened unsubscribed',
  ]);
});

test('redis-sentinel games: the ticks of a room go up by one, and matches follow one another', async () => {
  const all = (await bodiesOf('redis-sentinel', 'games', 7500)) as { commands: (string | number)[][] }[];
  const rooms = new Map<unknown, { tick: number; match: number; phase: string }>();
  for (const { commands } of all) {
    const [tick, snapshot, op, delta] = commands;
    const { match, phase } = JSON.parse(String(snapshot?.[5]));
    const message = JSON.parse(String(delta?.[2]));
    const before = rooms.get(tick?.[1]) ?? { tick: -1, match: 0, phase: 'over' };
    const found = [[tick?.[2], snapshot?.[9], op?.[6], message.tick], JSON.parse(String(op?.[12])), match];
    const ticks = Array.from({ length: 4 }, () => before.tick + 1);
    const wanted = [ticks, message.delta, before.match + (before.phase === 'over' ? 1 : 0)];
    if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted);
    rooms.set(tick?.[1], { tick: Number(tick?.[2]), match, phase });
  }
  expect(Math.max(...[...rooms.values()].map(({ match }) => match))).toBeGreaterThan(1);
});
