import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { historyText } from '../../src/output/migrate-history.ts';

test('each decision about a ledger has a row', () => {
  const events = [
    { at: '2026-01-02T03:04:05.000Z', name: '1_a', type: 'baselined' as const, reason: 'was there', by: 'host:1' },
  ];
  expect(stripVTControlCharacters(historyText([{ service: 'db', events }])).split('\n')).toEqual([
    'SERVICE  AT                        MIGRATION  EVENT      REASON     BY',
    'db       2026-01-02T03:04:05.000Z  1_a        baselined  was there  host:1',
  ]);
  expect(historyText([{ service: 'db', events: [] }])).toBe('no repairs, baselines or other decisions');
});
