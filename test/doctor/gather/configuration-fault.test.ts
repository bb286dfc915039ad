import { expect, test } from 'vitest';
import { configurationFault } from '../../../src/doctor/gather/configuration-fault.ts';
import { StackctlError } from '../../../src/errors.ts';
import { problemsError } from '../../../src/stack/source/problem.ts';

const at = { file: 'stackctl.yaml', line: 2, column: 1 };

test('mistakes in files become one line', () => {
  const problems = [
    { ...at, field: 'stak', message: 'unknown key', suggestion: 'stack' },
    { origin: '--runtime', field: 'runtime', message: 'must be docker' },
  ];
  expect(configurationFault(problemsError('E_CONFIG_INVALID', 'the configuration', problems, 'mend it'))).toEqual({
    fact: '--runtime runtime: must be docker; stackctl.yaml:2:1 stak: unknown key; did you mean "stack"?',
    fix: 'mend it',
  });
});

test('a mistake of the command line alone is no fault of the machine, nor is any other error', () => {
  const problems = [{ origin: '--set', field: 'quorum', message: 'must be a number' }];
  expect(configurationFault(problemsError('E_VALUE_INVALID', 'the values', problems, ''))).toBeUndefined();
  expect(configurationFault(new StackctlError('E_PROJECT_NOT_FOUND', 'none'))).toBeUndefined();
  expect(configurationFault(new Error('a bug'))).toBeUndefined();
});

test('a record that cannot be read is one too', () => {
  const error = new StackctlError('E_STATE_UNREADABLE', 'project.json\nis not JSON', { hint: 'remove it' });
  expect(configurationFault(error)).toEqual({ fact: 'project.json is not JSON', fix: 'remove it' });
});
