import { describe, expect, test } from 'vitest';
import type { HealthReport } from '../../src/health/check.ts';
import { findPrimaries, primariesAfter } from '../../src/lifecycle/primaries.ts';
import type { ArbiterCapability, PrimaryAnswer } from '../../src/stack/contract/arbiter.ts';
import type { RecordedPrimary, Stack } from '../../src/stack/contract/model.ts';
import type { Runtime } from '../../src/stack/contract/runtime.ts';

const NONE: PrimaryAnswer = { primary: undefined, isComplete: false };
const of = (instance: string, epoch: number, isComplete: boolean): PrimaryAnswer => ({
  primary: { instance, epoch },
  isComplete,
});

interface Known {
  readonly recorded?: RecordedPrimary;
  readonly said?: PrimaryAnswer;
  readonly heard?: PrimaryAnswer;
  /** Instance -> what its state file says. */
  readonly notes?: Readonly<Record<string, RecordedPrimary>>;
}

/** Three arbiters of `store`. `used` is what was done to find out. */
function arbiters({ recorded, said = NONE, heard = NONE, notes = {} }: Known) {
  const used: string[] = [];
  const arbiter: Pick<ArbiterCapability, 'askPrimary' | 'probedPrimary' | 'stateFile' | 'parseState'> = {
    stateFile: 'state',
    parseState: (_input, text) => JSON.parse(text) as RecordedPrimary,
    probedPrimary: () => heard,
    askPrimary: async () => {
      used.push('ask');
      return said;
    },
  };
  const instances = ['watcher-1', 'watcher-2', 'watcher-3'].map((name) => ({ name }));
  const service = { name: 'watcher', monitors: 'store', kind: { arbiter }, instances };
  const stack = { services: [service], primaries: recorded === undefined ? {} : { store: recorded } };
  const runtime: Pick<Runtime, 'readState'> = {
    readState: async (name) => {
      used.push(`read ${name}`);
      return name in notes ? JSON.stringify(notes[name]) : undefined;
    },
  };
  const { signal } = new AbortController();
  const report = { instances: [] } as unknown as HealthReport;
  return {
    used,
    find: () => findPrimaries(stack as unknown as Stack, runtime as Runtime, signal),
    after: () => primariesAfter(report, stack as unknown as Stack, runtime as Runtime, signal),
  };
}

describe('who the primary is', () => {
  const reads = ['read watcher-1', 'read watcher-2', 'read watcher-3'];

  test('when every arbiter answers, nothing else is read', async () => {
    const { find, used } = arbiters({ recorded: { instance: 'store-1', epoch: 1 }, said: of('store-2', 2, true) });
    expect(await find()).toEqual({ store: { instance: 'store-2', epoch: 2 } });
    expect(used).toEqual(['ask']);
  });

  test('when one is silent, what it wrote down counts: it may know the last election', async () => {
    const { find, used } = arbiters({
      recorded: { instance: 'store-1', epoch: 1 },
      said: of('store-1', 1, false),
      notes: { 'watcher-1': { instance: 'store-1', epoch: 1 }, 'watcher-3': { instance: 'store-3', epoch: 2 } },
    });
    expect(await find()).toEqual({ store: { instance: 'store-3', epoch: 2 } });
    expect(used).toEqual(['ask', ...reads]);
  });

  test('what is on record holds where it is newer, or where nothing else is known', async () => {
    const recorded = { instance: 'store-2', epoch: 5 };
    expect(await arbiters({ recorded, said: of('store-1', 4, true) }).find()).toEqual({ store: recorded });
    expect(await arbiters({ recorded }).find()).toEqual({ store: recorded });
    expect(await arbiters({}).find()).toEqual({});
  });

  test('after a health check that heard every arbiter, none is asked again', async () => {
    const { after, used } = arbiters({ heard: of('store-2', 3, true) });
    expect(await after()).toEqual({ store: { instance: 'store-2', epoch: 3 } });
    expect(used).toEqual([]);
  });

  test('after one that did not, they are asked, and read where one is silent still', async () => {
    const known = { heard: of('store-1', 1, false), notes: { 'watcher-2': { instance: 'store-2', epoch: 2 } } };
    const answered = arbiters({ ...known, said: of('store-3', 3, true) });
    expect(await answered.after()).toEqual({ store: { instance: 'store-3', epoch: 3 } });
    expect(answered.used).toEqual(['ask']);
    const silent = arbiters(known);
    expect(await silent.after()).toEqual({ store: { instance: 'store-2', epoch: 2 } });
    expect(silent.used).toEqual(['ask', ...reads]);
  });
});
