import { describe, expect, test } from 'vitest';
import { checkEvent } from '../../../templates/analytics/services/ingester/src/event.ts';

const NOW = new Date('2026-03-01T00:00:00Z');
const GOOD = {
  event_id: '0b0c6d5e-8f3a-4b7e-9c1d-2e3f4a5b6c7d',
  time: '2026-02-28T23:59:59.123456+01:00',
  event_type: 'click',
  user_id: 'user-1',
};
const words = Object.entries(GOOD).flat();
const reasonFor = (more: Readonly<Record<string, string | undefined>>): string | undefined => {
  const fields = Object.entries({ ...GOOD, ...more }).flatMap(([name, text]) =>
    text === undefined ? [] : [name, text],
  );
  const checked = checkEvent(fields, NOW);
  return checked.ok ? undefined : checked.reason;
};

test('an event becomes a row, its time as it was written', () => {
  expect(checkEvent([...words, 'properties', '{"a": 1}'], NOW)).toEqual({
    ok: true,
    row: {
      time: '2026-02-28T23:59:59.123456+01:00',
      eventId: GOOD.event_id,
      eventType: 'click',
      userId: 'user-1',
      properties: '{"a": 1}',
    },
  });
  expect(checkEvent(words, NOW)).toMatchObject({ row: { properties: null } });
});

test.each([
  '2026-02-28T23:59Z',
  '2026-02-28T23:59:59Z',
  '2026-02-28T23:59:59.123456789-0330',
  '2000-01-01T00:00:00+00:00',
  '2026-03-01T23:59:59Z',
])('the time %s is fine', (time) => {
  expect(reasonFor({ time })).toBeUndefined();
});

describe('the reason names the field', () => {
  test.each([
    [{ event_id: undefined }, 'event_id is missing'],
    [{ event_id: '42' }, 'event_id must be a UUID'],
    [{ event_id: `${GOOD.event_id}\n` }, 'event_id must be a UUID'],
    [{ time: undefined }, 'time is missing'],
    [{ time: '1767225600000' }, 'time must be an instant'],
    [{ time: '2026-02-28T23:59:59' }, 'time must be an instant'],
    [{ time: '2026-13-01T00:00:00Z' }, 'time must be an instant'],
    [{ time: '2026-02-30T00:00:00Z' }, 'time must be an instant'],
    [{ time: '1999-12-31T23:59:59Z' }, 'time must not be before the year 2000'],
    [{ time: '2026-03-02T00:00:01Z' }, 'time must not be more than a day ahead'],
    [{ event_type: undefined }, 'event_type is missing'],
    [{ event_type: '' }, 'event_type must have 1 to 200 characters'],
    [{ user_id: 'u'.repeat(201) }, 'user_id must have 1 to 200 characters'],
    [{ properties: '' }, 'properties must be JSON'],
    [{ properties: 'null' }, 'properties must be a JSON object'],
    [{ properties: `{"a":"${'x'.repeat(65_536)}"}` }, 'properties must have at most 65536 characters'],
    [{ type: 'click' }, 'unknown field "type"'],
  ])('$1', (more, reason) => {
    expect(reasonFor(more)).toContain(reason);
  });
});
