import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/lib/events.ts';
import { runPending } from '../../src/migrate/run-pending.ts';
import type { MigrationSession } from '../../src/stack/contract/migrate.ts';
import { ledgerOf, onlyOne, stackOf } from '../support/memory-ledger.ts';
import { errorOf } from '../support/stack-fixtures.ts';

const FILES = { '1_a.sql': 'SELECT 1', '2_b.sql': 'SELECT 2', '3_c.sql': 'SELECT 3', '4_d.sql': 'SELECT 4' };

type Run = NonNullable<MigrationSession['applyTogether']>;

/** A run whose server takes two or more files together. @param applyTogether its part, with `ledger.session` beside it. */
function shop(files: Readonly<Record<string, string>>, applyTogether: (ledger: ReturnType<typeof ledgerOf>) => Run) {
  const ledger = ledgerOf(['here']);
  const sent: (readonly string[])[] = [];
  const going = applyTogether(ledger);
  const session: MigrationSession = {
    ...ledger.session,
    together: async (migrations) => Math.min(migrations.length, 3),
    applyTogether: (migrations, ...rest) => {
      sent.push(migrations.map(({ name }) => name));
      return going(migrations, ...rest);
    },
  };
  const stack = stackOf(files, session);
  const events: ProgressEvent[] = [];
  const said = () => events.flatMap((event) => (event.type === 'step' ? `${event.state} ${event.title}` : event.text));
  const run = (signal = new AbortController().signal) =>
    runPending(stack, onlyOne(stack), { signal, emit: (event) => events.push(event), random: () => -0.5 });
  return { ledger, sent, said, run };
}

/** Applies all, or those before the one that `stop` throws at. */
const applying =
  (stop: (name: string) => void = () => undefined) =>
  (ledger: ReturnType<typeof ledgerOf>): Run =>
  async (migrations, _signal, hooks) => {
    for (const [index, { name, checksum }] of migrations.entries()) {
      hooks.of(index).onNotice?.(`about ${name}`);
      stop(name);
      ledger.enter(name, checksum, 'applied');
      hooks.onApplied(index, 10 + index);
    }
    return migrations.length;
  };

test('files that go together are steps one after the other, with what the server said of each and how long it took', async () => {
  const { run, said, sent, ledger } = shop(FILES, applying());
  const { applied } = await run();
  expect(applied.slice(0, 3)).toEqual([
    { name: '1_a', durationMs: 10 },
    { name: '2_b', durationMs: 11 },
    { name: '3_c', durationMs: 12 },
  ]);
  expect(sent).toEqual([['1_a', '2_b', '3_c']]);
  expect(ledger.calls).toEqual(['lock', '4_d', 'close']);
  expect(said()).toEqual([
    ...['1_a', '2_b', '3_c'].flatMap((name) => [`start db: ${name}`, `db: ${name}: about ${name}`, `done db: ${name}`]),
    'start db: 4_d',
    'done db: 4_d',
  ]);
});

test('what is behind a file that requires something waits for it', async () => {
  const files = { ...FILES, '3_c.sql': '-- stackctl: requires=here\nSELECT 3' };
  const { run, sent, ledger } = shop(files, applying());
  await run();
  expect(sent).toEqual([['1_a', '2_b']]);
  expect(ledger.calls).toEqual(['lock', '3_c', '4_d', 'close']);
});

test('a file that did not get its lock is tried again by itself, and those behind it follow', async () => {
  let refusals = 1;
  const blocked = (name: string): void => {
    if (name === '2_b' && refusals-- > 0) throw new StackctlError('E_MIGRATION_BLOCKED', 'blocked by pid 7');
  };
  const { run, sent, ledger, said } = shop(FILES, applying(blocked));
  expect((await run()).applied.map(({ name }) => name)).toEqual(['1_a', '2_b', '3_c', '4_d']);
  expect(sent).toEqual([
    ['1_a', '2_b', '3_c'],
    ['3_c', '4_d'],
  ]);
  expect(ledger.calls).toEqual(['lock', '2_b', 'close']);
  expect(said()).toContain('db: 2_b: is tried again, up to 10 times: blocked by pid 7');
});

test('a file that fails ends the run, and is the step that failed', async () => {
  const failing = (name: string): void => {
    if (name === '2_b') throw new StackctlError('E_MIGRATION_FAILED', 'no such type');
  };
  const { run, ledger, said } = shop(FILES, applying(failing));
  expect(await errorOf(run())).toMatchObject({ code: 'E_MIGRATION_FAILED' });
  expect([...ledger.entries.keys()]).toEqual(['1_a']);
  expect(said().slice(-3)).toEqual(['start db: 2_b', 'db: 2_b: about 2_b', 'failed db: 2_b']);
  expect(ledger.calls).toEqual(['lock', 'close']);
});

test('files that the server refuses together go one by one, and are not sent together again', async () => {
  const { run, ledger, sent } = shop(FILES, () => async () => 0);
  expect((await run()).applied).toHaveLength(4);
  expect(sent).toEqual([['1_a', '2_b', '3_c']]);
  expect(ledger.calls).toEqual(['lock', '1_a', '2_b', '3_c', '4_d', 'close']);
});

test('an interrupt is over when nothing is under way any more; what was applied until then is told', async () => {
  const stopping = new AbortController();
  const reason = new StackctlError('E_INTERRUPTED', 'interrupted');
  let isOver = false;
  const slow = (): Run => async (_migrations, _signal, hooks) => {
    hooks.onApplied(0, 1);
    stopping.abort(reason);
    await new Promise((resolve) => setImmediate(resolve));
    hooks.onApplied(1, 1);
    isOver = true;
    throw reason;
  };
  const { run, said } = shop(FILES, slow);
  expect(await errorOf(run(stopping.signal))).toBe(reason);
  expect(isOver).toBe(true);
  expect(said()).toEqual([
    ...['1_a', '2_b'].flatMap((name) => [`start db: ${name}`, `done db: ${name}`]),
    'start db: 3_c',
    'failed db: 3_c',
  ]);
});
