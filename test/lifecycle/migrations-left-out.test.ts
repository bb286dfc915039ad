import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { explainLeftOut } from '../../src/lifecycle/migrations-left-out.ts';
import { builtInStack } from '../support/built-in-stack.ts';

const late = (...names: readonly string[]) =>
  new StackctlError('E_NOT_READY', 'not ready in time', {
    hint: 'wait longer',
    details: { instances: names.map((name) => ({ name, reasons: [] })), log: ['last words'] },
  });

test.each([
  ['analytics', ['ingester-1'], true],
  // The database itself is late, so its tables are not what is waited for.
  ['analytics', ['ingester-1', 'timescaledb-1'], false],
  ['analytics', ['redis-1'], false],
  ['cache-api', ['opalmind-api-1'], false],
])('%s without its migrations, late: %j', async (name, names, explained) => {
  const stack = await builtInStack(name, { runtime: 'process' });
  const error = late(...names);
  const told = explainLeftOut(error, stack);
  if (!explained) expect(told).toBe(error);
  else
    expect(told).toMatchObject({
      code: 'E_NOT_READY',
      message: error.message,
      details: error.details,
      hint: 'It keeps running; the migrations of timescaledb were left out: `stackctl migrate up` applies them.',
    });
});

test('any other error stays as it is', async () => {
  const error = new StackctlError('E_START_FAILED', 'ingester-1 does not start');
  expect(explainLeftOut(error, await builtInStack('analytics', { runtime: 'process' }))).toBe(error);
});
