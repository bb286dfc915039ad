import { expect, test } from 'vitest';
import { FILE, openShop } from '../support/killed-migration.ts';
import { ON_POSTGRES } from '../support/killed-on-postgres.ts';
import { ok } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

// That a run is killed at each of its messages is tried by test/long/killed-postgres.test.ts and killed-clickhouse.test.ts.
test('every command that is named for a down part that stopped does what it says', async (context) => {
  requireRuntime(context, 'process');
  await using shop = await openShop(ON_POSTGRES);
  const { place, server, write } = shop;
  const text = (last: string) => `-- stackctl: transaction=false
CREATE TABLE counted (what text);
CREATE INDEX CONCURRENTLY counted_what ON counted (what);
-- stackctl: down transaction=false
DROP INDEX CONCURRENTLY counted_what;
DROP TABLE ${last};
`;
  /** Words of the command that the hint names and that has this in it. */
  const named = (hint: string | null | undefined, part: string): readonly string[] => {
    const command = [...(hint ?? '').matchAll(/`stackctl ([^`]+)`/g)].find(([, one]) => one?.includes(part))?.[1];
    if (command === undefined) throw new Error(`no command with "${part}" in: ${hint}`);
    return [...command.split(' '), '--yes'];
  };
  const stopped = async () => {
    await write(text('nothing'));
    ok(await place.json(['migrate', 'up']));
    const failed = await place.json(['migrate', 'down', '--yes']);
    expect(failed.error).toMatchObject({
      code: 'E_MIGRATION_FAILED',
      hint: expect.stringContaining('`stackctl migrate down`'),
    });
    const { error } = await place.json(['migrate', 'up']);
    expect(error).toMatchObject({
      message: `${FILE} is taken back in part: its down part stopped after statement 1: nothing was changed`,
    });
    expect((await place.json(['migrate', 'baseline', '1', '--yes'])).error?.hint).toBe(error?.hint);
    const { out } = await place.run(['migrate', 'status']);
    expect(out).toContain('taken back in part');
    expect(out).toContain(`${FILE}: its down part stopped after statement 1. ${error?.hint}`);
    return error?.hint;
  };
  const hint = await stopped();
  await write(text('counted'));
  ok(await place.json(named(hint, 'migrate down')));
  expect(await server.state()).toBe('reverted');
  expect(await server.sql(`select to_regclass('counted') as t`)).toEqual([{ t: null }]);
  const again = await stopped();
  await server.sql('create index counted_what on counted (what)');
  ok(await place.json(named(again, '--mark-applied')));
  expect(await server.state()).toBe('applied');
  await write(text('counted'));
  // An applied file that is edited is drift, which repair accepts.
  ok(await place.json(['migrate', 'repair', '--yes']));
  ok(await place.json(['migrate', 'down', '--yes']));
  const last = await stopped();
  await server.sql('drop table counted');
  ok(await place.json(named(last, '--mark-reverted')));
  expect(await server.state()).toBe('reverted');
  await write(text('counted'));
  ok(await place.json(['migrate', 'up']));
  expect(await server.state()).toBe('applied');
});
