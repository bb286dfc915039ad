import { expect, test } from 'vitest';
import { openLedger } from '../../../templates/cache-api/services/matomo-sandbox/src/ledger.ts';
import { REPORTS } from '../../../templates/cache-api/services/matomo-sandbox/src/numbers.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

test('the same question has the same figures, another one has others', () => {
  const ask = (site: number, period = 'day', date = 'today') => REPORTS['VisitsSummary.get']?.({ site, period, date });
  expect(ask(1)).toEqual(ask(1));
  expect(ask(1)).not.toEqual(ask(2));
  expect(ask(1)).not.toEqual(ask(1, 'week'));
  expect(ask(1)).not.toEqual(ask(1, 'day', 'yesterday'));
});

test('the ledger counts what it no longer keeps', async () => {
  const ledger = await openLedger({ folder: undefined, keptCalls: 10 });
  for (let call = 0; call < 100; call += 1)
    await ledger.noteTracking({ site: 1, url: `https://x.example/${call % 50}` });
  const { calls, kept } = ledger.stats(undefined).tracking;
  expect(calls).toBe(100);
  expect(kept).toBeLessThan(12);
  expect(ledger.urls('/49')).toEqual(['https://x.example/49']);
  expect(ledger.stats('https://x.example/49').tracking).toEqual({ calls: 1, distinctUrls: 1, kept: 1 });
});

test('what was noted outlives the program, the half of a line does not', async () => {
  await using folder = await folderOf({ 'tracked.jsonl': '[1,"https://x.example/old"]\n[1,"https://x.exa' });
  const first = await openLedger({ folder: folder.path });
  expect(first.urls('')).toEqual(['https://x.example/old']);
  await Promise.all(['a', 'b'].map((name) => first.noteTracking({ site: 2, url: `https://x.example/${name}` })));
  await first.close();
  const second = await openLedger({ folder: folder.path });
  expect(second.urls('')).toEqual(['old', 'a', 'b'].map((name) => `https://x.example/${name}`));
  expect(second.stats(undefined).tracking.calls).toBe(3);
  await second.clear();
  await second.close();
  const third = await openLedger({ folder: folder.path });
  expect(third.urls('')).toEqual([]);
  await third.close();
});

test('calls at the same time are all written, and those after a reset outlive it', async () => {
  await using folder = await folderOf({});
  const ledger = await openLedger({ folder: folder.path });
  const note = (name: string) => ledger.noteTracking({ site: 1, url: `https://x.example/${name}` });
  const before = ['a', 'b', 'c'].map(note);
  const cleared = ledger.clear();
  await Promise.all([...before, cleared, ...['d', 'e', 'f'].map(note)]);
  await ledger.close();
  const again = await openLedger({ folder: folder.path });
  expect(again.urls('')).toEqual(['d', 'e', 'f'].map((name) => `https://x.example/${name}`));
  await again.close();
});
