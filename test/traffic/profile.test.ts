import { describe, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { pauseMs } from '../../src/traffic/pace.ts';
import { PROFILE, trafficStack } from './profiles.ts';

function mistakesOf(text: string): readonly string[] {
  try {
    readProfile({ text, file: 'orders.yaml', stack: trafficStack() }).profile;
  } catch (error) {
    if (!(error instanceof StackctlError) || error.code !== 'E_PROFILE_INVALID') throw error;
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const changed = (from: string, to: string): string => {
  expect(PROFILE).toContain(from);
  return PROFILE.replace(from, to);
};

test('the profile of these tests has no mistakes', () => {
  expect(mistakesOf(PROFILE)).toEqual([]);
});

describe('a mistake is named with its place', () => {
  test.each([
    [
      'service: api',
      'service: apj',
      'orders.yaml:6:12 send.service: the stack has no service "apj"; did you mean "api"?',
    ],
    ['service: api', 'service: mute', 'orders.yaml:6:12 send.service: a service of kind mute cannot be sent events to'],
    ['{ path: /ids }', '{ path: ids }', 'orders.yaml:12:23 stores.0.settings.path: must begin with /'],
    ['{ path: /ids }', '{ path: /ids, tokn: 1 }', 'did you mean "token"?'],
    ['{ path: /ids }', '{ path: "/{{storag}}" }', 'the stack has no value {{storag}}; did you mean "storage"?'],
    ['settle: 200ms', 'settle: 200', 'orders.yaml:13:13 stores.0.settle:'],
    [
      'settle: 200ms',
      'when: { storag: x }',
      'stores.0.when.storag: the stack has no such value; did you mean "storage"?',
    ],
    ['settle: 200ms', 'proof: { values: { storag: x } }', 'proof.values.storag: the stack has no such value'],
    ['settle: 200ms', 'proof: { events: "{{storag}}" }', 'stores.0.proof.events: the stack has no value {{storag}}'],
    ['settle: 200ms', 'proof: { events: "{{storage}}" }', 'stores.0.proof.events: must be a number, not text'],
    ['settle: 200ms', 'proof: { ageS: [1, 0] }', 'stores.0.proof.ageS.1: must be at least 1'],
    ['batch: 10', 'batch: 0', 'orders.yaml:7:10 send.batch: must be at least 1'],
    ['batch: 10', 'bach: 10', 'send.bach: unknown key'],
    ['{ oneOf: [book, toy] }', '{ oneof: [book, toy] }', 'did you mean "oneOf"?'],
    ['{ oneOf: [book, toy] }', '{ oneOf: [book], text: x }', 'draw.kind: must have exactly one of weighted, oneOf'],
    ['min: 1, max: 5', 'min: 6, max: 5', 'draw.size.integer: min must not be above max'],
    [
      'of: customer',
      'of: custoner',
      'draw.country.stable.of: nothing before it is drawn as "custoner"; did you mean "customer"?',
    ],
    ['of: customer', 'of: at', 'draw.country.stable.of: nothing before it is drawn as "at"'],
    [
      'customer: "customer-{{customer}}"',
      'customer: "{{costumer}}"',
      'body.customer: nothing is drawn as {{costumer}}',
    ],
    ['id: "{{id}}"', 'id: 1', 'body: must hold {{id}}'],
    ['every: 20ms', 'every: 20ms, within: 1h', 'must have exactly one of every, due, within, days'],
    ['epoch: "2026-01-01T00:00:00Z"', 'epoch: yesterday', 'orders.yaml:4:8 epoch: must be now, or an instant'],
    ['epoch: "2026-01-01T00:00:00Z"', 'epoch: 2026-02-30', '"2026-02-30" is a day that the calendar does not have'],
    ['epoch: "2026-01-01T00:00:00Z"', 'epoch: 2026-06-01T02:30', 'has no offset'],
    ['epoch: "2026-01-01T00:00:00Z"', 'epoch: 2026', 'orders.yaml:4:8 epoch: must be '],
    ['every: 20ms', 'every: 1s1s', 'must be a duration such as 20ms'],
    ['{ integer: { min: 1, max: 5 } }', '{ case: { of: kind, when: { toy: { integr: {} } } } }', 'unknown key'],
  ])('%s -> %s', (from, to, message) => {
    const found = mistakesOf(changed(from, to));
    expect(found.join('\n')).toContain(message);
    expect(found.every((line) => /^orders\.yaml:\d+:\d+ /.test(line))).toBe(true);
  });

  test('and all at once', () => {
    const text = PROFILE.replace('service: api', 'service: apj').replace('max: 5', 'max: 0');
    expect(mistakesOf(text)).toHaveLength(2);
  });

  test('also when it is no YAML', () => {
    expect(mistakesOf('profile: [')[0]).toMatch(/^orders\.yaml:1:\d+ not valid YAML/);
  });
});

test('a service that is away is asked more and more slowly', () => {
  expect([0, 1, 2, 3, 20].map(pauseMs)).toEqual([0, 50, 100, 200, 1000]);
});
