import { expect, test } from 'vitest';
import { endToEnd, forwardedHeaders } from '../../../../packages/service-kit/src/gateway/headers.ts';
import { resolveUpstreams } from '../../../../packages/service-kit/src/gateway/resolve.ts';
import {
  inOrder,
  mergeUpstreams,
  parseUpstreams,
  type Upstream,
} from '../../../../packages/service-kit/src/gateway/upstreams.ts';

const upstream = (name: string, more: Partial<Upstream> = {}): Upstream => ({
  name,
  host: '10.0.0.1',
  port: 3000,
  up: true,
  active: 0,
  answered: 0,
  failed: 0,
  ...more,
});
const names = (upstreams: readonly Upstream[]) => upstreams.map(({ name }) => name).join('');

test('the file: names and addresses, comments, and what it must not hold', () => {
  expect(parseUpstreams('# backends\n\nbackend-1 172.30.0.33:3100\n  backend-2 localhost:1\n')).toEqual([
    { name: 'backend-1', host: '172.30.0.33', port: 3100 },
    { name: 'backend-2', host: 'localhost', port: 1 },
  ]);
  expect(parseUpstreams('')).toEqual([]);
  expect(() => parseUpstreams('backend-1 172.30.0.33')).toThrow('not an upstream: "backend-1 172.30.0.33"');
});

test('a new list keeps what is known of those that stay', () => {
  const known = [upstream('a', { up: false, answered: 7 }), upstream('b'), upstream('c')];
  const merged = mergeUpstreams(known, [
    { name: 'a', host: '10.0.0.1', port: 3000 },
    { name: 'b', host: '10.0.0.2', port: 3000 },
  ]);
  expect(merged[0]).toBe(known[0]);
  expect(merged[1]).toMatchObject({ name: 'b', host: '10.0.0.2', up: false, answered: 0 });
  expect(merged).toHaveLength(2);
  expect(mergeUpstreams([], [{ name: 'a', host: '10.0.0.1', port: 3000 }], true)).toMatchObject([{ up: true }]);
});

test('a name stands for every address behind it, an address for itself, and nobody has no address', async () => {
  const listed = [
    { name: 'backend', host: 'backend', port: 3100 },
    { name: 'backend-9', host: '10.0.0.9', port: 3100 },
  ];
  expect(await resolveUpstreams(listed, async () => ['172.30.0.130', '172.30.0.129', '172.30.0.130'])).toEqual([
    { name: '172.30.0.129:3100', host: '172.30.0.129', port: 3100 },
    { name: '172.30.0.130:3100', host: '172.30.0.130', port: 3100 },
    { name: 'backend-9', host: '10.0.0.9', port: 3100 },
  ]);
  const failing = (code: string) => async () => Promise.reject(Object.assign(new Error(code), { code }));
  expect(await resolveUpstreams(listed.slice(0, 1), failing('ENOTFOUND'))).toEqual([]);
  await expect(resolveUpstreams(listed, failing('ETIMEOUT'))).rejects.toThrow('ETIMEOUT');
});

test('in turn while they are equal, the least busy first, the silent ones last', () => {
  const three = [upstream('a'), upstream('b'), upstream('c')];
  expect([0, 1, 2, 3].map((turn) => names(inOrder(three, turn)))).toEqual(['abc', 'bca', 'cab', 'abc']);
  const busy = [upstream('a', { active: 2 }), upstream('b', { active: 1 }), upstream('c', { up: false })];
  expect([0, 1, 2].map((turn) => names(inOrder(busy, turn)))).toEqual(['bac', 'bac', 'bac']);
  expect(inOrder([], 5)).toEqual([]);
});

test('headers of one connection stay there, with what Connection names; repeated ones stay repeated', () => {
  const raw = ['Set-Cookie', 'a', 'set-cookie', 'b', 'Connection', 'keep-alive, X-Own', 'x-own', '1', 'TE', 'trailers'];
  expect(endToEnd(raw)).toEqual(['Set-Cookie', 'a', 'set-cookie', 'b']);
});

test('the upstream learns who asked, behind what others have said', () => {
  const first = forwardedHeaders({ rawHeaders: ['Host', 'api:3000'], remoteAddress: '::ffff:10.1.1.1' });
  expect(first).toEqual([
    ...['Host', 'api:3000', 'X-Forwarded-For', '10.1.1.1'],
    ...['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'api:3000'],
  ]);
  const rawHeaders = ['x-forwarded-for', '1.2.3.4', 'X-Forwarded-Proto', 'https', 'Host', 'api'];
  expect(forwardedHeaders({ rawHeaders, remoteAddress: '10.1.1.1' })).toEqual([
    ...['Host', 'api', 'X-Forwarded-For', '1.2.3.4, 10.1.1.1'],
    ...['X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'api'],
  ]);
});
