import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldText, jsonOf } from '../../src/stack/contract/traffic-event.ts';
import { compileEvents } from '../../src/traffic/generate.ts';
import { loadProfile } from '../../src/traffic/load-profile.ts';
import { planOf } from '../../src/traffic/operations.ts';
import { drawSpec } from '../../src/traffic/profile-draw.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';

type Profile = Parameters<typeof compileEvents>[0]['profile'];

const RUN = { seed: 3, runId: 'a1b2c3d4-e5f6', epochMs: Date.UTC(2026, 0, 1) };
const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

/** What stands in a field, as a sink takes it that knows only bodies. */
function textsOf(body: Readonly<Record<string, unknown>>) {
  const event = { sequence: 0, id: '', body };
  return Object.fromEntries(Object.keys(body).map((field) => [field, fieldText(event, field)]));
}

/** Every form of the first events is that of their bodies. */
function compare(profile: Profile, count: number): void {
  const eventAt = compileEvents({ profile, ...RUN });
  for (let sequence = 0; sequence < count; sequence++) {
    const event = eventAt(sequence);
    const { body, json, isPlain } = event;
    expect(json).toBe(JSON.stringify(body));
    expect(jsonOf(event)).toBe(json);
    const texts = Object.keys(profile.body).map((field) => [field, fieldText(event, field)] as const);
    expect(Object.fromEntries(texts.filter(([, text]) => text !== undefined))).toEqual(textsOf(body));
    if (isPlain) for (const [, text = ''] of texts) expect(text).toMatch(/^[ -[\]-~]*$/);
  }
}

describe.each(builtInNames())('%s', (name) => {
  test('the forms of its events are those of their bodies', async () => {
    const traffic = join(TEMPLATES, name, 'traffic');
    const stack = { ...(await builtInStack(name, { runtime: 'process' })), traffic };
    for (const file of readdirSync(traffic)) {
      const { profile } = await loadProfile(stack, file.replace('.yaml', ''), '/');
      for (const { operation, body } of planOf(profile).routes)
        compare({ ...profile, draw: planOf(profile).operations[operation]?.draw ?? {}, body }, 200);
    }
  });
});

/** Halves of surrogate pairs, control characters, what JSON and COPY write otherwise. */
const awkward = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\t', '\0', '\u007f', '\u2028', 'ä', '\ud83d', '\ude00', 'a', ' '),
  }),
);
const scalar = fc.oneof(
  awkward,
  fc.constantFrom(null, true, false, -0, 0, 1e21, 1e-7, -1.5, 2 ** 53, Number.MAX_SAFE_INTEGER, ''),
  fc.double(),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(awkward, scalar, { maxKeys: 3, noNullPrototype: true }),
);
const NAMES = ['one', 'other', 'chosen', 'kept', 'same', 'text', 'id', 'run', 'sequence'];
const template = fc
  .array(fc.oneof(awkward, fc.constantFrom(...NAMES.map((name) => `{{${name}}}`), '{{ one }}')), { maxLength: 4 })
  .map((parts) => parts.join(''));
const key = fc.oneof(awkward, fc.constantFrom('__proto__', 'toString', '10', '2', 'constructor'));
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    template,
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 5 }),
  ),
}));
const body = fc.dictionary(key, tree, { maxKeys: 6 });

test('whatever a body holds and is drawn, its JSON is that of JSON.stringify', () => {
  const profiles = fc.record({ items: fc.array(value, { minLength: 1, maxLength: 4 }), state: awkward, body });
  fc.assert(
    fc.property(profiles, ({ items, state, body: given }) => {
      const draw = {
        one: drawSpec.parse({ oneOf: items }),
        other: drawSpec.parse({ weighted: { [`${state}x`]: 1, 7: 1 } }),
        chosen: drawSpec.parse({ case: { of: 'other', when: { 7: { oneOf: [null, 1.5] } } } }),
        kept: drawSpec.parse({ stable: { of: 'other', draw: { text: '{{one}}' } } }),
        same: drawSpec.parse({ number: { min: -1, max: 1, decimals: 1 } }),
        text: drawSpec.parse({ text: `${state}{{one}}-{{same}}` }),
      };
      compare({ profile: 'any', draw, body: given }, 6);
    }),
    { numRuns: 200 },
  );
});

test('halves of a pair that come together are a whole one', () => {
  const draw = { none: drawSpec.parse({ oneOf: [''] }), half: drawSpec.parse({ oneOf: ['\ud83d'] }) };
  const texts = ['\ud83d{{none}}\ude00', '{{half}}\ude00', '\ud83d{{none}}', '{{half}}{{none}}'];
  compare({ profile: 'any', draw, body: { texts, one: '\ud83d{{none}}\ude00' } }, 1);
  const { json = '' } = compileEvents({ profile: { profile: 'any', draw, body: { texts } }, ...RUN })(0);
  expect(json).toBe('{"texts":["😀","😀","\\ud83d","\\ud83d"]}');
});

test('what is too large for a number is null in JSON, as JSON.stringify has it', () => {
  const huge = drawSpec.parse({ number: { min: -1e308, max: 1e308, decimals: 9 } });
  compare(
    { profile: 'any', draw: { huge }, body: { list: ['{{huge}}', 'x{{huge}}'], none: Number.NaN, large: -Infinity } },
    5,
  );
});
