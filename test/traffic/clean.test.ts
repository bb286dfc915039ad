import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { kind as app } from '../../src/kinds/app/index.ts';
import { kind as kafka } from '../../src/kinds/kafka/index.ts';
import { traffic as sentinel } from '../../src/kinds/sentinel/traffic/index.ts';
import { cleanText, foundText } from '../../src/output/traffic-clean.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import { tallyOf } from '../../src/stack/contract/id-tally.ts';
import type { Cleaning, TrafficCapability } from '../../src/stack/contract/traffic.ts';
import { cleanRun, findRun } from '../../src/traffic/clean.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import { PROFILE, trafficStack } from './profiles.ts';
import { settings } from './shop.ts';

const RUN = 'a1b2c3d4-e5f6';

interface Given {
  readonly cleaning: Cleaning | undefined;
  /** Ids that the store has. */
  readonly held: string[];
  readonly reads?: readonly (readonly string[] | Error)[];
}

function input({ cleaning, held, reads = [] }: Given) {
  const log: string[] = [];
  const readings = [...reads];
  const capability: TrafficCapability = {
    sink: { settings, open: () => Promise.reject(new Error('nothing is sent')) },
    store: {
      settings,
      open: async () => ({
        name: 'shop',
        guarantee: 'stored',
        count: async () => held.length,
        read: async () => ({ found: tallyOf(RUN, []), contradictions: [] }),
        readAll: async () => {
          log.push('read');
          const next = readings.shift() ?? held;
          if (next instanceof Error) throw next;
          return { found: tallyOf(RUN, next), contradictions: [] };
        },
        close: async () => void log.push('closed'),
      }),
      ...(cleaning === undefined ? {} : { clean: () => cleaning }),
    },
  };
  const stack = trafficStack(capability);
  const loaded = readProfile({ text: PROFILE, file: 'orders.yaml', stack });
  const signal = new AbortController().signal;
  return { log, clean: { ...loaded, stack, runId: RUN, emit: () => undefined, signal } };
}

const deletes = (held: string[], stays?: string): Cleaning => ({
  ...{ type: 'deletes', stays },
  delete: async () => void held.splice(0),
});

test('what is gone is what was there and is not any more, as read back', async () => {
  const held = [eventId(RUN, 0), eventId(RUN, 1), eventId(RUN, 1)];
  const { clean, log } = input({ cleaning: deletes(held, 'the latest value'), held });
  const found = await findRun(clean);
  expect(found).toEqual([{ store: 'shop', found: 2, refused: null, stays: 'the latest value' }]);
  expect(foundText(found)).toBe('  shop: 2 events\n  what stays: the latest value');
  const report = await cleanRun(clean, found);
  expect(report).toEqual({
    ...{ profile: 'orders', run: RUN, clean: true },
    stores: [{ store: 'shop', found: 2, gone: 2, left: 0, error: null, refused: null, stays: 'the latest value' }],
  });
  expect(cleanText(report)).toMatch(
    /shop +2 +2 +0\n\nwhat stays of it in shop: the latest value\n\n.*CLEAN.*: nothing of run/,
  );
  expect(log).toEqual(['read', 'closed', 'read', 'closed']);
});

test('an answer without an error is no proof: what is left is told', async () => {
  const held = [eventId(RUN, 0), eventId(RUN, 1)];
  const { clean } = input({ cleaning: { type: 'deletes', delete: async () => void held.pop() }, held });
  const report = await cleanRun(clean, await findRun(clean));
  expect(report).toMatchObject({ clean: false, stores: [{ found: 2, gone: 1, left: 1, error: null }] });
  expect(cleanText(report)).toMatch(/NOT CLEAN.*: events of run a1b2c3d4-e5f6 are still there/);
});

test('a store that cannot be read back is not clean, and one that nothing is in is not told to delete anything', async () => {
  const held = [eventId(RUN, 0)];
  const silent = input({ cleaning: deletes(held), held, reads: [held, new Error('reset')] });
  expect(await cleanRun(silent.clean, await findRun(silent.clean))).toMatchObject({
    ...{ clean: false },
    stores: [{ left: null, error: expect.stringMatching(/^it could not be read back: .*reset$/) }],
  });
  const empty = input({ cleaning: { type: 'deletes', delete: () => Promise.reject(new Error('asked')) }, held: [] });
  const report = await cleanRun(empty.clean, await findRun(empty.clean));
  expect(cleanText(report)).toMatch(/\n\nno store of orders had an event of run a1b2c3d4-e5f6$/);
  expect(report).toMatchObject({
    clean: true,
    stores: [{ error: null }],
  });
});

test('where nothing can be deleted it is refused before anybody is asked', async () => {
  for (const [cleaning, why] of [
    [kafka.traffic?.store?.clean?.({}), /no single messages can be deleted/],
    [app.traffic?.store?.clean?.({}), /only the service itself/],
    [undefined, /its kind has no way/],
    [sentinel.store?.clean?.({ channels: 'room:{*}:channel' }), /has no store.* that keeps events/],
  ] as const) {
    const { clean, log } = input({ cleaning, held: [eventId(RUN, 0)] });
    const error = await findRun(clean).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(StackctlError);
    expect(error).toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(why),
      hint: expect.stringMatching(/^Nothing was deleted\. ./),
    });
    expect(log).toEqual([]);
  }
});
