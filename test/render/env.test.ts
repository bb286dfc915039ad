import { expect, test } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../src/lib/secret.ts';
import { renderEnv } from '../../src/render/env.ts';
import type { Stack } from '../../src/stack/contract/model.ts';
import type { RuntimeFacts } from '../../src/stack/contract/runtime-facts.ts';
import { DOCKER, PROCESS } from '../support/runtime-facts.ts';
import { kindOf } from '../support/stack-fixtures.ts';

function envOf(variables: Readonly<Record<string, string | Secret>>, runtime: RuntimeFacts = PROCESS) {
  const kind = { ...kindOf('store', z.object({}), []), clientEnv: () => variables };
  const service = { name: 'cache', kind, instances: [] };
  return renderEnv({ runtime, services: [service], project: { id: 'p-000000' } } as unknown as Stack);
}

test('one section per service; the Compose project name where there is Compose', () => {
  expect(envOf({ HOST: '127.0.0.1', PORT: '6379' }, DOCKER).text).toBe(
    [
      '# Rendered by stackctl: how a program on this machine reaches the services of this project.',
      'COMPOSE_PROJECT_NAME=p-000000',
      '',
      '# cache',
      'HOST=127.0.0.1',
      'PORT=6379',
      '',
    ].join('\n'),
  );
  expect(envOf({}, PROCESS).text).not.toContain('COMPOSE_PROJECT_NAME');
});

test.each([
  ['plain-1.2/x:y@z', 'X=plain-1.2/x:y@z'],
  ['', 'X='],
  ['two words', "X='two words'"],
  ['$HOME `id` "q" #no', `X='$HOME \`id\` "q" #no'`],
  ['back\\slash', "X='back\\slash'"],
  ["it's", `X="it's"`],
  [`it's "$x" \\'`, `X="it's \\"\\$x\\" \\\\'"`],
  ['end\\', 'X="end\\\\"'],
])('%j is written as %s', (value, line) => {
  expect(envOf({ X: value }).text.trimEnd().split('\n').at(-1)).toBe(line);
});

test('what Compose and a shell would read differently is left out, and said so', () => {
  const text = envOf({ A: 'x', X: new Secret("it's `id`") }).text;
  expect(text).toContain('\nA=x\n# X is not here: ');
  expect(text).not.toContain('`id`');
});

test('mode 0600 as soon as one value is a secret', () => {
  expect(envOf({ A: 'x' }).mode).toBe(0o644);
  const file = envOf({ A: 'x', B: new Secret('s3cret') });
  expect(file.mode).toBe(0o600);
  expect(file.text).toContain('B=s3cret\n');
});
