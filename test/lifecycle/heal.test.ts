import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heal } from '../../src/lifecycle/heal.ts';
import { addFault, readFaults, removeFault } from '../../src/project/fault-journal.ts';
import type { FaultKind } from '../../src/stack/contract/runtime-facts.ts';

const at = '2026-01-02T03:04:05.678Z';
const entry = (instance: string, fault: string) => ({ instance, fault, at, command: 'stackctl failover-test' });

let folder: string;
let faults: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'));
  faults = join(folder, 'faults.json');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the fault journal', () => {
  it('is empty without a file, and has no file when it is empty', async () => {
    expect(await readFaults(faults)).toEqual([]);
    await addFault(faults, entry('redis-1', 'kill'));
    await removeFault(faults, entry('redis-1', 'kill'));
    await removeFault(faults, entry('redis-1', 'kill'));
    expect(await readFaults(faults)).toEqual([]);
  });

  it('holds a fault once, and different faults side by side', async () => {
    for (const fault of ['kill', 'pause', 'kill']) await addFault(faults, entry('redis-1', fault));
    expect((await readFaults(faults)).map(({ fault }) => fault)).toEqual(['pause', 'kill']);
  });

  it.each(['{}', '[{"instance":"redis-1"}]', '[null]', '{'])('refuses %s', async (text) => {
    await writeFile(faults, text);
    await expect(readFaults(faults)).rejects.toMatchObject({ code: 'E_STATE_UNREADABLE', details: { file: faults } });
  });
});

describe('heal', () => {
  const runtimeThat = (healOne: (instance: string) => void) => {
    const healed: string[] = [];
    const known = new Set<FaultKind>(['kill', 'pause']);
    const runtime = {
      name: 'process' as const,
      faults: known,
      heal: async (instance: string, fault: FaultKind) => {
        healOne(instance);
        healed.push(`${fault} ${instance}`);
      },
    };
    return { healed, run: () => heal({ runtime, stack: undefined, faults, emit: () => undefined }) };
  };

  it('takes back every fault, newest first, and then has nothing left to do', async () => {
    await addFault(faults, entry('redis-1', 'kill'));
    await addFault(faults, entry('redis-2', 'pause'));
    const { healed, run } = runtimeThat(() => undefined);
    expect((await run()).map(({ instance }) => instance)).toEqual(['redis-2', 'redis-1']);
    expect(await run()).toEqual([]);
    expect(healed).toEqual(['pause redis-2', 'kill redis-1']);
  });

  it('keeps what could not be healed, and heals the rest', async () => {
    await addFault(faults, entry('redis-1', 'kill'));
    await addFault(faults, entry('redis-2', 'pause'));
    const { run } = runtimeThat((instance) => {
      if (instance === 'redis-2') throw new Error('gone');
    });
    await expect(run()).rejects.toMatchObject({ code: 'E_FAULT_FAILED', message: /pause of redis-2: gone/ });
    expect(await readFaults(faults)).toEqual([entry('redis-2', 'pause')]);
  });

  it('does not replace a fault that this runtime does not know', async () => {
    await addFault(faults, entry('redis-1', 'partition'));
    const { healed, run } = runtimeThat(() => undefined);
    await expect(run()).rejects.toMatchObject({ code: 'E_FAULT_FAILED' });
    expect(healed).toEqual([]);
    expect(await readFaults(faults)).toHaveLength(1);
  });
});
