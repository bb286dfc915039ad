import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DatabaseError } from 'pg';
import { describe, expect, test } from 'vitest';
import {
  derivedUniversalId,
  type Identifier,
  identifiersOf,
  normaliseEmail,
  normalisePhone,
} from '../../../templates/email-timing/services/connector/src/identifier.ts';
import { identityProblem } from '../../../templates/email-timing/services/connector/src/identity.ts';
import { decideMerge, type KnownIdentifier } from '../../../templates/email-timing/services/connector/src/merge.ts';
import { redactAddresses } from '../../../templates/email-timing/services/connector/src/redact.ts';

test('a problem of the identity store is called what it is', () => {
  const refusal = (code: string, message = 'x') => Object.assign(new DatabaseError(message, 1, 'error'), { code });
  expect(identityProblem(refusal('42P01', 'relation "identifiers" does not exist'))).toBe(
    'Postgres has no table identifiers: run `stackctl migrate up`',
  );
  expect(identityProblem(refusal('42501'))).toBe('the identity store answers with an error (42501)');
  const silence = 'the identity store does not answer';
  expect(identityProblem(refusal('57P03'))).toBe(silence);
  expect(identityProblem(Object.assign(new Error('x'), { code: 'EPIPE' }))).toBe(silence);
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('normalisation', () => {
  test.each([
    [' Alice@Example.COM\n', 'alice@example.com'],
    ['a.b+news@example.com', 'a.b+news@example.com'],
    ['jose\u0301@example.com', 'jos\u00e9@example.com'],
  ])('%j is %j', (text, expected) => expect(normaliseEmail(text)).toBe(expected));

  test.each([
    ['+49 (30) 1234-56', '+4930123456'],
    ['0049 30 123456', '+4930123456'],
  ])('%j is %j', (text, expected) => expect(normalisePhone(text)).toBe(expected));

  test('hashes what is normalised, with SHA-256 or with a key', () => {
    expect(identifiersOf({ email: ' Alice@Example.com' }, '')).toEqual([
      { kind: 'email', hash: sha256('alice@example.com') },
    ]);
    const [peppered] = identifiersOf({ email: 'alice@example.com' }, 'key');
    expect(peppered?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(peppered?.hash).not.toBe(sha256('alice@example.com'));
  });
});

describe('merging', () => {
  const email: Identifier = { kind: 'email', hash: sha256('a') };
  const phone: Identifier = { kind: 'phone', hash: sha256('b') };
  const known = (identifier: Identifier, universalId: string, age: number): KnownIdentifier => ({
    ...identifier,
    universalId,
    age,
  });

  test('gives a stranger an id that depends on the first identifier alone', () => {
    const decision = decideMerge([email, phone], []);
    expect(decision).toEqual({ target: derivedUniversalId(email), create: true, link: [email, phone], merge: [] });
    expect(decision.target).toMatch(/^sf_[0-9a-f]{32}$/);
  });

  test('links a new identifier to the id that the others have', () => {
    expect(decideMerge([email, phone], [known(email, 'sf_1', 1)])).toEqual({
      target: 'sf_1',
      create: false,
      link: [phone],
      merge: [],
    });
  });

  test('keeps the older of two ids, in whichever order they are found', () => {
    const rows = [known(email, 'sf_new', 9), known(phone, 'sf_old', 2)];
    const expected = { target: 'sf_old', create: false, link: [], merge: ['sf_new'] };
    expect(decideMerge([email, phone], rows)).toEqual(expected);
    expect(decideMerge([phone, email], rows.toReversed())).toEqual(expected);
  });

  test('has nothing to do when all agree', () => {
    const rows = [known(email, 'sf_1', 1), known(phone, 'sf_1', 1)];
    expect(decideMerge([email, phone], rows)).toMatchObject({ create: false, link: [], merge: [] });
  });
});

describe('redaction', () => {
  test('finds addresses in texts, keys, lists and links', () => {
    const metadata = {
      note: 'from bob@example.com to Eve@Example.org',
      'x@example.com': 1,
      list: [{ url: 'https://example.com/?to=a.b%2Bc%40example.com&x=1' }],
      campaign: 'c-1',
      count: 3,
    };
    const text = JSON.stringify(redactAddresses(metadata));
    expect(text).not.toMatch(/@example|%40|bob|Eve/);
    expect(JSON.parse(text)).toMatchObject({ campaign: 'c-1', count: 3 });
  });

  test('leaves no address whatever surrounds it', () => {
    const word = fc.stringMatching(/^[a-z0-9.]{1,12}$/);
    fc.assert(
      fc.property(fc.string(), word, word, fc.string(), (before, user, host, after) => {
        const address = `q${user}@${host}x`;
        expect(redactAddresses(`${before}${address}${after}`)).not.toContain(address);
      }),
    );
  });
});
