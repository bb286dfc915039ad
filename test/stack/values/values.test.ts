import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StackctlError } from '../../../src/errors.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { keptValuesOf } from '../../../src/project/kept-values.ts';
import { parseYaml } from '../../../src/stack/source/yaml-source.ts';
import { coerce } from '../../../src/stack/values/coerce.ts';
import {
  fromEnvironment,
  fromKept,
  fromSetFlags,
  fromValuesFiles,
  fromYaml,
  nearVariables,
  variableOf,
} from '../../../src/stack/values/given-values.ts';
import { valueSpec } from '../../../src/stack/values/value-spec.ts';
import { resolveValues, type ValuesInput } from '../../../src/stack/values/values.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

const specs: ValuesInput['specs'] = {
  quorum: { type: 'integer', default: 2, min: 1, description: 'Quorum' },
  redisPort: { type: 'port', default: 6379, description: 'Port' },
  password: { type: 'secret', default: '', description: 'Password' },
};

function resolve(given: ValuesInput['given'], more: Partial<ValuesInput> = {}) {
  return resolveValues({
    stack: 's',
    specs,
    given,
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32, 7),
    ...more,
  });
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_VALUE_INVALID') return error.message;
    throw error;
  }
  throw new Error('expected an error');
}

test('the first source that gives a value wins', () => {
  const layers = [
    fromSetFlags(['quorum=5']).values,
    fromEnvironment(['quorum'], { STACKCTL_VALUE_QUORUM: '4' }),
    fromKept({ quorum: 3 }),
    fromYaml(parseYaml('values:\n  quorum: 1\n', 'stackctl.yaml'), ['values']),
  ];
  const winners = layers.map((_, index) => resolve(layers.slice(index).flat()).values[0]);
  expect(winners.map((value) => [value?.value, value?.origin])).toEqual([
    [5, '--set'],
    [4, 'STACKCTL_VALUE_QUORUM'],
    [3, 'flag of an earlier up'],
    [1, 'stackctl.yaml:2:11'],
  ]);
  expect(resolve([]).values[0]).toMatchObject({ value: 2, origin: 'built-in' });
});

test('the last of two flags for one value wins', () => {
  expect(resolve(fromSetFlags(['quorum=5', 'quorum=3']).values).values[0]?.value).toBe(3);
});

test('--values files: the last wins, each with its position', async () => {
  await using folder = await folderOf({
    'a.yaml': 'quorum: 3\n',
    'b.yaml': '# more\nquorum: 4\n',
    'c.yaml': '- no map',
  });
  const { values, problems } = await fromValuesFiles(['a.yaml', 'b.yaml', 'c.yaml', 'd.yaml'], folder.path);
  expect(resolve(values).values[0]).toMatchObject({ value: 4, origin: 'b.yaml:2:9' });
  expect(problems).toEqual([
    expect.objectContaining({ file: 'c.yaml', line: 1, message: expect.stringContaining('map') }),
    expect.objectContaining({ origin: '--values', message: 'there is no file d.yaml' }),
  ]);
});

test('every mistake is reported at once, with what is to blame', () => {
  const set = fromSetFlags(['quorum=abc', 'qourum=1', 'nonsense']);
  const file = fromYaml(parseYaml('redisPort: 99999\nquorum: [1]\n', 'more.yaml'), []);
  const env = fromEnvironment(['quorum'], { STACKCTL_VALUE_QUORUM: '0' });
  expect(messageOf(() => resolve([...set.values, ...env, ...file], { problems: set.problems })).split('\n')).toEqual([
    'the configuration of stack s has 6 problems:',
    '  --set must look like name=value',
    '  --set qourum: the stack has no such value; did you mean "quorum"?',
    '  --set quorum: must be an integer, not "abc"',
    '  STACKCTL_VALUE_QUORUM quorum: must be at least 1, not 0',
    '  more.yaml:1:12 redisPort: must be a port (1 to 65535), not 99999',
    '  more.yaml:2:9 quorum: must be an integer',
  ]);
});

test('a kept flag for a value that the stack no longer has is forgotten', () => {
  expect(resolve(fromKept({ gone: 1 })).values).toHaveLength(3);
});

test('a variable that is nearly one of the stack is named, one of another stack is not', () => {
  const env = {
    STACKCTL_VALUE_QUORM: 's3cr3tX',
    STACKCTL_VALUE_KAFKA_PORT: '1',
    STACKCTL_VALUE_QUORUM: '2',
    QUORM: '1',
  };
  expect(nearVariables(['quorum', 'redisPort'], env)).toEqual([
    'STACKCTL_VALUE_QUORM applies to nothing: the stack has no such value; did you mean STACKCTL_VALUE_QUORUM?',
  ]);
});

test('names of variables', () => {
  expect(['redisPort', 'downAfterMs', 'replDisklessSyncDelayS', 'quorum'].map(variableOf)).toEqual([
    'STACKCTL_VALUE_REDIS_PORT',
    'STACKCTL_VALUE_DOWN_AFTER_MS',
    'STACKCTL_VALUE_REPL_DISKLESS_SYNC_DELAY_S',
    'STACKCTL_VALUE_QUORUM',
  ]);
});

test('profile production generates a secret that nobody gave, once', () => {
  const first = resolve([], { profile: 'production' });
  const secret = secretIn(first);
  expect(secret).toBe(Buffer.alloc(32, 7).toString('base64url'));
  expect(first.generated.password?.reveal()).toBe(secret);
  const again = resolve([], { profile: 'production', generated: first.generated, random: () => Buffer.alloc(32, 8) });
  expect(secretIn(again)).toBe(secret);
  const given = resolve(fromSetFlags(['password=mine']).values, { profile: 'production' });
  expect(secretIn(given)).toBe('mine');
  expect(given.generated).toEqual({});
});

test('a secret that the stack wants generated is so in every profile', () => {
  const specs = { key: { type: 'secret', default: '', description: 'A key', generated: true } } as const;
  const first = resolve([], { specs });
  expect(first.values).toMatchObject([{ origin: 'generated' }]);
  expect(first.generated.key?.reveal()).toBe(Buffer.alloc(32, 7).toString('base64url'));
  const again = resolve([], { specs, generated: first.generated, random: () => Buffer.alloc(32, 8) });
  expect(again.generated.key?.reveal()).toBe(first.generated.key?.reveal());
  expect(resolve(fromSetFlags(['key=']).values, { specs }).generated).toEqual({});
  expect(valueSpec.safeParse({ type: 'string', default: '', description: 'x', generated: true }).success).toBe(false);
});

function secretIn({ values }: ReturnType<typeof resolveValues>): string | undefined {
  const value = values[2]?.value;
  return value instanceof Secret ? value.reveal() : undefined;
}

test('a secret is never in a message, nor in JSON', () => {
  const given = fromSetFlags(['password=hush\nhush', 'passwort=hush']).values;
  expect(messageOf(() => resolve(given))).not.toContain('hush');
  expect(JSON.stringify(resolve(fromSetFlags(['password=hush']).values))).not.toContain('hush');
});

test('keeps what flags gave, secrets apart', () => {
  const { values } = resolve(fromSetFlags(['quorum=5', 'password=mine']).values);
  const keep = keptValuesOf({
    values,
    flagged: new Set(['quorum', 'password']),
    kept: { quorum: 3, redisPort: 7000, gone: 1 },
    generated: {},
  });
  expect(keep.values).toEqual({ quorum: 5, redisPort: 7000 });
  expect(keep.secrets.password?.reveal()).toBe('mine');
});

test.each([
  ['bytes', '512mb', true],
  ['bytes', '512 mb', false],
  ['bytes', 1048576, true],
  ['boolean', 'true', true],
  ['boolean', 'yes', false],
  ['number', '1.5e3', true],
  ['number', 'NaN', false],
  ['integer', '12abc', false],
  ['integer', '1.0', false],
  ['image', 'registry.example:5000/redis:7', true],
  ['image', 'redis 7', false],
  ['image', 'UPPER/x', false],
  ['bytes', '1tb', false],
  ['string', 'two\nlines', false],
] as const)('%s %j', (type, given, ok) => {
  expect(coerce({ type }, given).ok).toBe(ok);
});

test('a pattern holds for the whole text, and says in words what is missing', () => {
  const pattern = { matches: 'a+|b', rule: 'must be some a or one b' };
  expect(['', 'aaa', 'b', 'bb', 'ab'].map((text) => coerce({ type: 'string', pattern }, text).ok)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
  expect(coerce({ type: 'string', pattern }, 'x')).toEqual({
    ok: false,
    message: 'must be some a or one b, not "x"',
  });
  expect(coerce({ type: 'secret', pattern }, 'x')).toEqual({ ok: false, message: 'must be some a or one b' });
});

test('text and the YAML scalar that it spells give the same value', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('integer', 'number', 'port', 'bytes', 'string' as const),
      fc.integer(),
      (type, number) => {
        const [text, scalar] = [coerce({ type }, String(number)), coerce({ type }, number)];
        expect(text.ok).toBe(scalar.ok);
        if (text.ok) expect(text).toEqual(scalar);
      },
    ),
  );
});

test('what was coerced survives being kept and given again', () => {
  const any = fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean());
  const types = fc.constantFrom('string', 'integer', 'number', 'boolean', 'port', 'image', 'bytes' as const);
  fc.assert(
    fc.property(types, any, (type, given) => {
      const once = coerce({ type }, given);
      if (once.ok && !Object.is(once.value, -0)) expect(coerce({ type }, once.value)).toEqual(once);
    }),
  );
});
