import { describe, expect, test } from 'vitest';
import { REDACTED, redactAddresses } from '../../../templates/email-timing/services/connector/src/redact.ts';
import { growth, LINEAR } from '../../support/growth.ts';

test.each([
  'alice@example.com',
  'alice%40example.com',
  'alice%2540example.com',
  'alice%252540example.com',
  "o'brien@example.com",
  'wow!@example.com',
  'a.b+tag_1-2%x@mail.example.com',
  '{a}#$*^`|~@example.com',
  'jürgen@münchen.example',
  'j%C3%BCrgen%40m%C3%BCnchen.example',
  '𠮷田@例え.jp',
  '"alice smith"@example.com',
  '"alice\\"b@c"@example.com',
  '%22alice%20smith%22%40example.com',
  'alice@[192.0.2.1]',
  'alice@[IPv6:2001:db8::1]',
  'alice%40%5B192.0.2.1%5D',
  'alice@one.example@two.example',
  `${'long'.repeat(100)}@example.com`,
])('%s is cut out whole', (address) => {
  expect(redactAddresses(address)).toBe(REDACTED);
  expect(redactAddresses(`to ${address}, and ${address}?`)).toBe(`to ${REDACTED}, and ${REDACTED}?`);
  expect(redactAddresses({ [`to ${address}`]: [{ note: address }] })).toEqual({
    [`to ${REDACTED}`]: [{ note: REDACTED }],
  });
});

test.each([
  ['https://x.test/u?to=alice%40example.com&n=1', `https://x.test/u?to=${REDACTED}&n=1`],
  ['https://x.test/alice@example.com/open', `https://x.test/${REDACTED}/open`],
  ['mailto:alice@example.com', `mailto:${REDACTED}`],
  ['{"to":"alice@example.com"}', `{"to":"${REDACTED}"}`],
  ['<alice@example.com>', `<${REDACTED}>`],
])('%s keeps what stands around the address', (text, redacted) => {
  expect(redactAddresses(text)).toBe(redacted);
});

test.each(['', 'no address', 'at @ home', '@handle', 'alice@', '100%40', '%40', 'a "quote"', '@@@'])(
  '%j stays',
  (text) => {
    expect(redactAddresses(text)).toBe(text);
  },
);

/** What is quadratic fails with the first size, before it takes minutes. */
describe.each([
  ['letters', (length: number) => 'a'.repeat(length), [8000, 64_000]],
  ['letters before an at sign without a domain', (length: number) => `${'a'.repeat(length)}@ `, [8000]],
  ['percent signs', (length: number) => '%25'.repeat(length / 3), [8000]],
  ['at signs', (length: number) => '@'.repeat(length), [8000]],
  ['letters and at signs', (length: number) => 'a@'.repeat(length / 2), [8000]],
  ['quotation marks', (length: number) => '"@'.repeat(length / 2), [8000]],
  ['opening brackets', (length: number) => 'a@['.repeat(length / 3), [8000]],
])('%s', (_, textOf, lengths) => {
  test('take time in proportion to their number', () => {
    for (const length of lengths) expect(growth(length, textOf, redactAddresses)).toBeLessThan(LINEAR);
  });
});
