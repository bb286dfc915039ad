import { describe, expect, test } from 'vitest';
import { PayloadError } from '../../../templates/email-timing/services/connector/src/incoming.ts';
import { mockEvents } from '../../../templates/email-timing/services/connector/src/mock.ts';
import { parsePayload } from '../../../templates/email-timing/services/connector/src/providers/parse.ts';
import { EVENT_ID } from '../../../templates/email-timing/shared/event.ts';

const NOW = new Date('2026-03-04T05:06:07.000Z');
const parse = (provider: string, body: unknown) => parsePayload(provider, body, NOW);

const SENDGRID = {
  email: 'alice@example.com',
  timestamp: 1_772_600_000,
  event: 'open',
  sg_event_id: 'ZGVsaXZlcmVk',
  sg_message_id: '14c5d75ce93.dfd.64b469',
  persona: 'night_owl',
};
const MAILGUN = {
  signature: { token: 't', timestamp: '1', signature: 's' },
  'event-data': {
    id: 'CPgfbmQMTCKtHW6uIWtuVe',
    event: 'failed',
    severity: 'temporary',
    timestamp: 1_772_600_000.123,
    recipient: 'alice@example.com',
    message: { headers: { 'message-id': '2013@mail.example.com' } },
    'user-variables': { campaign: 'c-1' },
  },
};
const POSTMARK = {
  RecordType: 'Bounce',
  ID: 42,
  MessageID: '883953f4-6105-42a2-a16a-77a8eac79483',
  Email: 'alice@example.com',
  BouncedAt: '2026-03-04T05:53:20+01:00',
  Metadata: { campaign: 'c-1' },
};

describe.each([
  ['sendgrid', [SENDGRID], 'opened'],
  ['mailgun', MAILGUN, 'deferred'],
  ['postmark', POSTMARK, 'bounced'],
  ['sandbox', { event: 'open', recipient: 'alice@example.com', timestamp: 1_772_600_000 }, 'opened'],
])('%s', (provider, body, type) => {
  test('is one event of the recipient', () => {
    const { events, ignored } = parse(provider, body);
    expect(ignored).toBe(0);
    expect(events).toMatchObject([{ eventType: type, recipient: { email: 'alice@example.com' } }]);
    expect(events[0]?.timestamp.toISOString().slice(0, 13)).toBe('2026-03-04T04');
  });

  test('is the same event when it is delivered again, in another order of keys', () => {
    const again = JSON.parse(JSON.stringify(body), (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toReversed())
        : value,
    );
    expect(parse(provider, again)).toEqual(parse(provider, body));
  });

  test('keeps no address and no message id in what goes on', () => {
    const { metadata, eventId } = parse(provider, body).events[0] ?? {};
    expect(JSON.stringify(metadata)).not.toMatch(/alice|mail\.example|14c5d75ce93|883953f4/);
    expect(eventId).toMatch(/^ev_[0-9a-f]{32}$/);
  });
});

test('two events that differ in the time alone are two', () => {
  const event = { event_type: 'opened', email: 'a@example.com', timestamp: 1000 };
  const ids = parse('x', [event, { ...event, timestamp: 1001 }]).events.map(({ eventId }) => eventId);
  expect(new Set(ids).size).toBe(2);
});

test("keeps a sender's id readable, with the provider behind it, and then needs no time", () => {
  const body = { event_id: 'run-1:7', event_type: 'sent', external_id: 'u-1' };
  expect(parse('x', body).events).toMatchObject([{ eventId: 'run-1:7:x', timestamp: NOW }]);
});

test('the same id from two providers is two events, and fits the contract at its longest', () => {
  const body = { event_id: 'i'.repeat(128), event_type: 'sent', external_id: 'u-1' };
  const ids = ['a'.repeat(32), 'b'.repeat(32)].flatMap((provider) => parse(provider, body).events);
  expect(new Set(ids.map(({ eventId }) => eventId)).size).toBe(2);
  for (const { eventId } of ids) expect(eventId).toMatch(EVENT_ID);
});

const DEEP = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);

test.each([
  ['too much', { note: 'x'.repeat(20_000) }],
  ['too deep', { note: DEEP }],
])('metadata that is %s is refused in every shape', (_, more) => {
  const bodies = {
    sendgrid: [{ ...SENDGRID, ...more }],
    mailgun: { 'event-data': { ...MAILGUN['event-data'], 'user-variables': more } },
    postmark: { ...POSTMARK, Metadata: more },
    sandbox: { event_type: 'sent', email: 'a@b.c', timestamp: 1, metadata: more },
  };
  for (const [provider, body] of Object.entries(bodies)) expect(() => parse(provider, body)).toThrow(/16 KB/);
});

test('ignores what says nothing about timing', () => {
  expect(parse('sendgrid', [{ ...SENDGRID, event: 'group_resubscribe' }])).toEqual({ events: [], ignored: 1 });
});

test.each([
  ['sandbox', [{ event_type: 'opened', email: 'a@b.c', timestamp: 1 }, { event_type: 'x' }], '[1].event_type'],
  ['sandbox', { event_type: 'opened', email: 'nobody', timestamp: 1 }, 'email'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c' }, 'timestamp'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c', timestamp: '2026-01-01 10:00' }, 'timestamp'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c', timestamp: '2026-02-30T10:00:00Z' }, 'timestamp'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c', timestamp: '2026-01-01T10:00:00' }, 'timestamp'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c', timestamp: '2026-01-01' }, 'timestamp'],
  ['sandbox', { event_type: 'opened', timestamp: 1 }, 'email'],
  ['sandbox', { event_type: 'opened', email: 'a@b.c', event_id: 'alice@example.com' }, 'event_id'],
  ['sandbox', [], 'body'],
  ['sandbox', 'text', 'body'],
  ['sendgrid', [{ ...SENDGRID, timestamp: undefined }], '[0].timestamp'],
  ['mailgun', {}, 'event-data'],
  ['postmark', { ...POSTMARK, Email: undefined }, 'Recipient'],
])('case %#: $0 is refused because of $2', (provider, body, field) => {
  expect(() => parse(provider, body)).toThrow(PayloadError);
  try {
    parse(provider, body);
  } catch (error) {
    const faults = error instanceof PayloadError ? error.faults : [];
    expect(faults.map((fault) => fault.field)).toContain(field);
    expect(JSON.stringify(faults)).not.toMatch(/nobody|alice/);
  }
});

describe('mock events', () => {
  const request = { seed: 's', count: 500, until: new Date('2026-03-01T00:00:00Z') };

  test('are exactly as many as asked for, each of them once, the same for the same seed', () => {
    const events = mockEvents(request);
    expect(events).toHaveLength(500);
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(500);
    expect(mockEvents(request)).toEqual(events);
    expect(mockEvents({ ...request, seed: 't' })).not.toEqual(events);
    expect(mockEvents({ ...request, count: 5 })).toEqual(events.slice(0, 5));
  });

  test('lie in the four weeks before, and carry persona and latency', () => {
    const from = request.until.getTime() - 30 * 86_400_000;
    for (const { timestamp, metadata } of mockEvents(request)) {
      expect(timestamp.getTime()).toBeGreaterThan(from);
      expect(timestamp.getTime()).toBeLessThan(request.until.getTime());
      expect(metadata).toMatchObject({ persona: expect.any(String), latency_seconds: expect.any(Number) });
    }
  });

  test('are opened when the persona reads', () => {
    const hours = mockEvents(request)
      .filter(({ eventType, metadata }) => eventType === 'opened' && metadata.persona === 'night_owl')
      .map(({ timestamp }) => timestamp.getUTCHours());
    expect(hours.length).toBeGreaterThan(5);
    expect(hours.every((hour) => [22, 23, 0].includes(hour))).toBe(true);
  });
});
