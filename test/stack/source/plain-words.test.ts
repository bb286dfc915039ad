import { describe, expect, test } from 'vitest';
import type { ZodType } from 'zod';
import { checkService } from '../../../src/stack/load/check-kinds.ts';
import { outlineOf } from '../../../src/stack/load/outline.ts';
import { stackSpec } from '../../../src/stack/load/spec.ts';
import { keyPaths, keysAt } from '../../../src/stack/source/schema-keys.ts';
import { mistakesIn } from '../../../src/stack/source/zod-problems.ts';
import { readProfile } from '../../../src/traffic/load-profile.ts';
import { profileSchema } from '../../../src/traffic/profile-schema.ts';
import { builtInStack } from '../../support/built-in-stack.ts';
import { allKinds } from '../../support/kinds-under-test.ts';

/** What a validation library says, and no person. */
const FOREIGN =
  /Invalid|[Ee]xpected|[Rr]eceived|ZodError|Secret\b|undefined|\bNaN\b|object Object|[Uu]nrecognized|pattern|regex|Too (big|small)|record|of another type/;

const WRONG: readonly unknown[] = [
  null,
  4711.5,
  -1,
  1e30,
  Number.POSITIVE_INFINITY,
  'hush-4711',
  '',
  'two\nlines',
  true,
  [],
  {},
  ['hush-4711', 4711],
  [{}],
  [[]],
  { a: {} },
  { a: ['hush-4711'] },
  { '': 1 },
  { '%': null },
];

/** Data with one value at a path like `topics.*.name`; `*` is an item of a list and, where that is wrong, a key. */
function at(path: readonly string[], value: unknown, star: 'list' | 'map'): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = at(rest, value, star);
  if (step !== '*') return { [step]: inner };
  return star === 'list' ? [inner] : { some: inner };
}

function paths(schema: ZodType): readonly (readonly string[])[] {
  return keyPaths(schema).map((path) => path.split('.'));
}

function everyMessage(schema: ZodType): readonly string[] {
  return paths(schema).flatMap((path) =>
    WRONG.flatMap((value) =>
      (path.includes('*') ? (['list', 'map'] as const) : (['list'] as const)).flatMap((star) =>
        mistakesIn(schema, at(path, value, star)).map(({ message }) => `${path.join('.')}: ${message}`),
      ),
    ),
  );
}

test('no mistake in stack.yaml is told in the words of the library', () => {
  const messages = everyMessage(stackSpec);
  expect(messages.length).toBeGreaterThan(100);
  expect(messages.filter((message) => FOREIGN.test(message.replace(/^[^:]*: /, '')))).toEqual([]);
});

describe.each(allKinds.kindNames())('kind %s', (name) => {
  test('tells what is wrong with an option in plain words, and never what was given for a secret', async () => {
    const kind = await allKinds.loadKind(name);
    const messages = [
      ...everyMessage(kind.options),
      ...WRONG.flatMap((value) =>
        (keysAt(kind.options, []) ?? []).flatMap((option) => {
          const service = outlineOf({ services: { one: { kind: name, options: { [option]: value } } } }).services.get(
            'one',
          );
          const found = service === undefined ? [] : checkService('one', service, kind, new Map());
          return found.map(({ message }) => `${option}: ${message}`);
        }),
      ),
      ...[kind.traffic?.sink?.settings, kind.traffic?.store?.settings].flatMap((schema) =>
        schema === undefined ? [] : everyMessage(schema),
      ),
    ];
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((message) => FOREIGN.test(message.replace(/^[^:]*: /, '')))).toEqual([]);
    const aboutSecrets = messages.filter((message) => /^password:/i.test(message));
    expect(aboutSecrets.filter((message) => /4711|hush/.test(message))).toEqual([]);
  });
});

test('no mistake in a traffic profile is told in the words of the library', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'process' });
  const shallow = paths(profileSchema.omit({ draw: true }));
  const rules = ['weighted', 'case', 'time', 'uuid', 'histogram', 'words'].map((rule) => ['draw', 'one', rule]);
  const messages = [...shallow, ...rules].flatMap((path) =>
    WRONG.flatMap((value) => {
      try {
        readProfile({ text: JSON.stringify(at(path, value, 'list')), file: 'p.yaml', stack });
      } catch (error) {
        return String(error).split('\n').slice(1);
      }
      throw new Error('a wrong profile was taken');
    }),
  );
  expect(messages.filter((message) => FOREIGN.test(message))).toEqual([]);
});

test('a body that the service cannot be sent is refused before anything is sent', async () => {
  const stack = await builtInStack('redis-sentinel', { runtime: 'process' });
  const text = [
    'profile: p',
    'description: P',
    'send: {service: sentinel}',
    'stores: [{service: sentinel, settings: {channels: "a*"}}]',
    'body: {commands: [[SET, "{{id}}", [1]]]}',
  ].join('\n');
  expect(() => readProfile({ text, file: 'p.yaml', stack })).toThrow(
    /p.yaml:5:35 body.commands.0.2: must be text, a number or true or false, not a list/,
  );
});
