import { expect, it } from 'vitest';
import { type StageInput, setStage } from '../../src/failover/stage.ts';
import type { TriggerEffect } from '../../src/stack/contract/scenario.ts';

const input = {
  primary: 'redis-1',
  events: [],
  history: [],
  open: { names: () => [] },
  run: {
    clock: { now: () => 100 },
    emit: () => undefined,
    signal: new AbortController().signal,
    scenario: { name: 'planned', expects: { switches: [0, 0] } },
  },
} as unknown as StageInput;

/** What is left of something that was asked for and of which this was seen. */
async function played(effect: TriggerEffect | undefined) {
  const { stage, played } = setStage(input);
  await stage.trigger('ask for it', async () => effect);
  return played();
}

const seen = { source: 'redis-2', notYetAt: 120, seenAt: 123 };

it('counts from the call where what was asked for shows later, and otherwise from what was seen', async () => {
  const call = { what: 'ask for it', calledAt: 100, returnedAt: 100 };
  expect((await played({ ...seen, isLater: true })).fault).toMatchObject({ ...call, effect: seen });
  const { fault, facts } = await played(seen);
  expect(fault).toEqual({ ...call, seen });
  expect(facts.filter(({ problem }) => problem !== null)).toEqual([]);
});

it('doubts a run of which nobody but the one who was asked has seen anything', async () => {
  const { facts } = await played(undefined);
  expect(facts).toMatchObject([{ problem: expect.stringContaining('ask for it'), isDoubt: true }]);
});
