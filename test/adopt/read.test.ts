// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files look like this
import { describe, expect, test } from 'vitest';
import { parseDotenv } from '../../src/adopt/read/dotenv.ts';
import { readImage } from '../../src/adopt/read/image.ts';
import { readMount, rebaseTo } from '../../src/adopt/read/mounts.ts';
import { readPort } from '../../src/adopt/read/ports.ts';
import { secondsOf } from '../../src/adopt/read/values.ts';
import { splitWords } from '../../src/adopt/read/words.ts';

describe('an env file', () => {
  const read = (text: string) => Object.fromEntries(parseDotenv(text, (name) => ({ OUT: 'outside' })[name]).variables);

  test('is read as Compose reads it', () => {
    const text = [
      '# a comment',
      'PLAIN=a b # comment',
      'HASH=a#b',
      "SINGLE='$OUT # kept'",
      'DOUBLE="$OUT\\n\\$5 \\"q\\""',
      'export EXPORTED=1',
      'FROM=${PLAIN}-${OUT}',
      'EMPTY=',
      'YAML: style',
      'LINES="a',
      'b"',
      'OUT',
      'ABSENT',
    ].join('\r\n');
    expect(read(text)).toEqual({
      PLAIN: 'a b',
      HASH: 'a#b',
      SINGLE: '$OUT # kept',
      DOUBLE: 'outside\n$5 "q"',
      EXPORTED: '1',
      FROM: 'a b-outside',
      EMPTY: '',
      YAML: 'style',
      LINES: 'a\nb',
      OUT: 'outside',
    });
  });

  test('tells the line of a mistake', () => {
    expect(parseDotenv('A=1\nno line\nB="open', () => undefined).faults).toEqual([
      { line: 2, message: 'is no line NAME=value' },
      { line: 3, message: 'has no " at its end' },
    ]);
  });
});

test.each([
  ['redis', { repository: 'redis', tag: undefined }],
  ['redis:7', { repository: 'redis', tag: '7' }],
  ['docker.io/library/redis:7@sha256:abc', { repository: 'redis', tag: '7' }],
  ['public.ecr.aws/docker/library/redis', { repository: 'redis', tag: undefined }],
  ['mirror.local:5000/redis', { repository: 'redis', tag: undefined }],
  ['localhost/bitnami/redis:1', { repository: 'bitnami/redis', tag: '1' }],
  ['myorg/redis:7', { repository: 'myorg/redis', tag: '7' }],
])('image %s', (text, parts) => {
  expect(readImage(text)).toEqual({ text, ...parts });
});

test.each([
  ['80', [{ inside: 80 }]],
  ['8080:80', [{ inside: 80, outside: 8080 }]],
  ['127.0.0.1:8080:80/tcp', [{ inside: 80, outside: 8080, hostIp: '127.0.0.1' }]],
  ['127.0.0.1::80', [{ inside: 80, hostIp: '127.0.0.1' }]],
  ['[::1]:8080:80', [{ inside: 80, outside: 8080, hostIp: '::1' }]],
  ['53:53/udp', [{ inside: 53, outside: 53, protocol: 'udp' }]],
  [
    '9000-9001:8000-8001',
    [
      { inside: 8000, outside: 9000 },
      { inside: 8001, outside: 9001 },
    ],
  ],
  [{ target: 80, published: '8080', host_ip: '0.0.0.0' }, [{ inside: 80, outside: 8080, hostIp: '0.0.0.0' }]],
])('port %j', (raw, ports) => {
  expect(readPort(raw)).toEqual(
    ports.map((port) => ({ outside: undefined, hostIp: undefined, protocol: 'tcp', ...port })),
  );
});

test.each(['a:b', '80:', '9000-9002:80-81', '70000', ''])('%j is no port', (raw) => {
  expect(readPort(raw)).toBeUndefined();
});

test('a mount is a path, a volume, or a volume without a name', () => {
  const read = (raw: unknown) => readMount(raw, rebaseTo('sub'));
  expect(read('./a:/b:ro,z')).toEqual({ type: 'bind', source: './sub/a', target: '/b', readOnly: true, modes: ['z'] });
  expect(readMount('./:/b', rebaseTo('.'))).toMatchObject({ source: './' });
  expect(readMount('.:/b', rebaseTo('.'))).toMatchObject({ source: '.' });
  expect(read('../a:/b')).toEqual({ type: 'bind', source: './a', target: '/b', readOnly: false, modes: [] });
  expect(read('/etc/x:/b')).toEqual({ type: 'bind', source: '/etc/x', target: '/b', readOnly: false, modes: [] });
  expect(read('data:/b')).toEqual({ type: 'volume', source: 'data', target: '/b', readOnly: false, modes: [] });
  expect(read('/b')).toEqual({ type: 'volume', source: undefined, target: '/b', readOnly: false, modes: [] });
  expect(read({ type: 'bind', source: 'a', target: '/b', read_only: true })).toMatchObject({
    source: './sub/a',
    readOnly: true,
  });
  expect(read('/:/host:rw,rslave')).toMatchObject({ readOnly: false, modes: ['rslave'] });
  const bind = { selinux: 'Z', propagation: 'rslave' };
  expect(read({ type: 'bind', source: '/', target: '/b', bind })).toMatchObject({ modes: ['Z', 'rslave'] });
  expect(read({ source: 'x', target: '/b', volume: { nocopy: true } })).toMatchObject({ modes: ['nocopy'] });
});

test.each([
  [`sh -c "echo 'a b' $X"`, ['sh', '-c', `echo 'a b' $X`]],
  ['a\\ b "c\\"d" \'e\\f\' ""', ['a b', 'c"d', 'e\\f', '']],
  ['a \\\n b', ['a', 'b']],
])('the words of %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test('a quote that is not closed makes no words', () => {
  expect(splitWords('a "b')).toBeUndefined();
});

test.each([
  ['1m30s', 90],
  ['10s', 10],
  ['500ms', 1],
  ['1.5h', 5400],
  ['soon', undefined],
])('%s is %s seconds', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds);
});
