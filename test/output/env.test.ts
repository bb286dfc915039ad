import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { Secret } from '../../src/lib/secret.ts';
import { envText, type VariableFormat } from '../../src/output/env.ts';

// Whether readers take it as it is meant: test/contract/features/quoting.test.ts.

const VARIABLES = { HOST: '127.0.0.1', NONE: '', PASSWORD: new Secret('a $b `c` "d" \\e'), LIST: 'a,b' };

test.each<[VariableFormat, string]>([
  ['shell', `export HOST=127.0.0.1\nexport NONE=''\nexport PASSWORD='a $b \`c\` "d" \\e'\nexport LIST='a,b'`],
  ['dotenv', `HOST=127.0.0.1\nNONE=\nPASSWORD='a $b \`c\` "d" \\e'\nLIST=a,b`],
  ['compose', `HOST=127.0.0.1\nNONE=\nPASSWORD='a $b \`c\` "d" \\e'\nLIST='a,b'`],
])('%s', (format, text) => {
  expect(envText(VARIABLES, format)).toBe(text);
});

function refusal(value: string, format: 'dotenv' | 'compose'): StackctlError {
  try {
    envText({ HOST: 'h', PASSWORD: new Secret(value), REDISCLI_AUTH: new Secret(value) }, format);
  } catch (error) {
    if (error instanceof StackctlError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

test.each([
  [`it's $HOME`, 'dotenv', /--format compose/],
  [`it's "quoted"`, 'dotenv', /--format compose/],
  ['ends with \\', 'dotenv', /--format compose/],
  ['two\rlines', 'dotenv', /--format compose/],
  [`it's \`hush\``, 'dotenv', /^Use --format shell or json/],
  [`it's \`hush\``, 'compose', /^Use --format shell or json/],
] as const)('what %j cannot be in is refused by name: %s', (value, format, hint) => {
  const error = refusal(value, format);
  expect(error).toMatchObject({ code: 'E_USAGE', details: { variables: ['PASSWORD', 'REDISCLI_AUTH'], format } });
  expect(error.message).toMatch(/^PASSWORD, REDISCLI_AUTH: /);
  expect(error.hint).toMatch(hint);
  expect(`${error.message}${error.hint}`).not.toContain(value);
});
