import { expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { readConfig } from '../../../src/project/config.ts';
import { loadSpec } from '../../../src/stack/load/load-spec.ts';
import { parseYaml } from '../../../src/stack/source/yaml-source.ts';
import { coerce } from '../../../src/stack/values/coerce.ts';
import { fromYaml } from '../../../src/stack/values/given-values.ts';
import { readValues } from '../../../src/stack/values/values.ts';
import { errorOf, folderOf, STACK_FILES, STACK_YAML, testPlugins } from '../../support/stack-fixtures.ts';

/** What YAML reads as a number, a boolean or a date, and a person may well mean as text. */
const SPELLINGS = [
  '0123',
  '1e3',
  '0x1F',
  '0o17',
  '12345678901234567890',
  '1.10',
  '.5',
  '+5',
  '5.0',
  '-0',
  '1_000',
  '.inf',
  'True',
  'yes',
  'no',
  '2026-06-01',
  '22:30',
];

function given(type: 'string' | 'secret' | 'image' | 'integer' | 'number', scalar: string) {
  const specs = { one: { type, default: '1', description: 'One' } };
  const { values, problems } = readValues({
    stack: 's',
    specs,
    given: fromYaml(parseYaml(`values:\n  one: ${scalar}\n`, 'stackctl.yaml'), ['values']),
    profile: 'dev',
    generated: {},
    random: () => Buffer.alloc(32),
  });
  const value = values[0]?.value;
  return { value: value instanceof Secret ? value.reveal() : value, problems };
}

test.each(SPELLINGS)('%s is the text as written for a value that is text', (scalar) => {
  expect(given('string', scalar)).toEqual({ value: scalar, problems: [] });
  expect(given('secret', scalar)).toEqual({ value: scalar, problems: [] });
});

test('a value in stackctl.yaml that is empty is refused with its type', async () => {
  await using folder = await folderOf({ 'stackctl.yaml': 'values:\n  size: ~\n' });
  const input = { cwd: folder.path, env: {}, flags: { project: undefined, runtime: undefined } };
  const { config, problems } = await readConfig(input);
  expect(problems).toEqual([]);
  expect(config.values[0]).toMatchObject({ name: 'size', given: null });
});

test('an alias means what its anchor is written as', () => {
  expect(given('secret', '&a 0123\n  other?: *a').value).toBe('0123');
  const source = parseYaml('a: &a 0123\nb: *a\nc: !!str 0123\nd: "0123"\n', 'f');
  expect(['a', 'b', 'c', 'd'].map((key) => source.written([key]))).toEqual(['0123', '0123', '0123', undefined]);
  expect(fromYaml(source, []).map(({ given: one }) => one)).toEqual(['0123', '0123', '0123', '0123']);
});

test.each(['~', 'null', ''])('%j is nothing, and says how to write it as text', (scalar) => {
  const [problem] = given('secret', scalar).problems;
  expect(problem).toMatchObject({ file: 'stackctl.yaml', line: 2, message: expect.stringContaining('in quotes') });
});

test.each([
  ['integer', '12345678901234567890', /exactly/],
  ['integer', '0123', /without leading zeros/],
  ['integer', '1.0', /an integer, not/],
  ['integer', '.inf', /an integer, not/],
  ['number', '0.12345678901234567891', /exactly/],
  ['number', '1e999', /exactly/],
  ['number', '00.5', /without leading zeros/],
] as const)('%s %s is refused', (type, scalar, message) => {
  expect(given(type, scalar).problems).toEqual([expect.objectContaining({ message: expect.stringMatching(message) })]);
});

test.each([
  ['integer', '0x1F', 31],
  ['integer', '0o17', 15],
  ['integer', '1e3', 1000],
  ['integer', '+5', 5],
  ['number', '.5', 0.5],
  ['number', '1.10', 1.1],
  ['number', '12.5e-1', 1.25],
] as const)('%s %s is %d', (type, scalar, number) => {
  expect(given(type, scalar)).toEqual({ value: number, problems: [] });
});

test('a secret is in no message, whatever is wrong', () => {
  const hush = new Secret('hush');
  const rules = [
    { type: 'integer' },
    { type: 'string', choices: ['a'] },
    { type: 'string', pattern: { matches: 'a', rule: 'must be a' } },
    { type: 'secret', choices: ['open'] },
  ] as const;
  for (const rule of rules) {
    const coerced = coerce(rule, hush);
    expect(coerced).toMatchObject({ ok: false, message: expect.not.stringMatching(/hush|open/) });
  }
});

async function load(yaml: string) {
  await using folder = await folderOf({ ...STACK_FILES, 'stack.yaml': yaml });
  return await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: testPlugins });
}

test('stack.yaml: defaults, choices, variables, labels and settings are as written where they are text', async () => {
  const { spec } = await load(`stack: s
description: Text
values:
  version: {type: string, default: 1.10, choices: [1.10, 0x1F], description: Version}
  pin: {type: secret, default: 0123, description: Pin}
services:
  program:
    kind: program
    image: node:22
    command: [run]
    environment: {A: 0123, B: {value: 1e3, description: B}, C: True, D: 5}
    compose: {labels: {v: 1.10}, cpus: 1.50}
`);
  expect([spec.values.version?.default, spec.values.version?.choices]).toEqual(['1.10', ['1.10', '0x1F']]);
  expect(spec.values.pin?.default).toBe('0123');
  const { environment, compose } = spec.services.program ?? {};
  expect(environment).toEqual({ A: '0123', B: { value: '1e3', description: 'B' }, C: 'True', D: 5 });
  expect(compose).toEqual({ labels: { v: '1.10' }, cpus: 1.5 });
});

test.each([
  ['instances: 2', 'instances: 02', /^stack.yaml:14:16 services.store.instances: must be a number without leading/],
  ['size: "{{size}}"', 'size: 12345678901234567890', /services.store.options.size: must be at most 9007199254740991/],
  ['dependsOn: [store]', 'dependsOn: [0123]', /services.watcher.dependsOn.0: must be text: put it in quotes/],
])('stack.yaml: %s -> %s', async (from, to, message) => {
  const error = await errorOf(load(STACK_YAML.replace(from, to)));
  expect(error.message.split('\n').map((line) => line.trim())).toContainEqual(expect.stringMatching(message));
});
