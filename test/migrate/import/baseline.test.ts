import { expect, test } from 'vitest';
import { baselineAdvice } from '../../../src/migrate/import/baseline.ts';
import type { ImportStep } from '../../../src/migrate/import/plan.ts';

function step(version: string, target: string, source = target): ImportStep {
  const rest = { text: '', statements: 1, transaction: true, downStatements: 0, notes: [], isThere: false };
  return { version, target, sources: [source], ...rest };
}

const PLAN = {
  tool: 'goose',
  notes: [],
  steps: [step('00001', '00001_a.sql'), step('00002', '00002_b.sql'), step('00005', '00005_c.sql')],
};
const LEDGER = { tool: 'goose', table: 'public.goose_db_version', applied: [] };
const ledger = (more: object) => [{ ...LEDGER, ...more }];

test.each<[string, object, string | undefined, string]>([
  ['some are applied', { applied: ['2', '1'] }, '00002', 'has applied 2 of these 3, up to 00002'],
  [
    'all are applied, and one whose file is gone',
    { applied: ['1', '2', '3', '5'] },
    '00005',
    'has applied 3 of these 3',
  ],
  ['none is applied', {}, undefined, 'says that none of them is applied'],
  [
    'a file below the last one is not applied',
    { applied: ['1', '5'] },
    undefined,
    'has 00005 and not 00002: apply that with goose',
  ],
  ['the tool keeps the last version alone', { upTo: '2' }, '00002', 'up to 00002'],
  ['the last one failed half way', { upTo: '1', unfinished: '2' }, undefined, 'version 2 failed half way'],
])('%s', (_what, more, version, finding) => {
  expect(baselineAdvice(PLAN, ledger(more), [])).toEqual({ version, finding: expect.stringContaining(finding) });
});

test('the number is the one of our file, and what has no version does not count', () => {
  const steps = [step('1', '1000_a.sql'), step('1.1', '1001_b.sql'), step('', '1002_view.sql')];
  const history = [{ tool: 'flyway', table: 'public.flyway_schema_history', applied: ['1.0', '1.1'] }];
  expect(baselineAdvice({ tool: 'flyway', notes: [], steps }, history, [])).toMatchObject({ version: '1001' });
});

test('a tool that notes the names of files', () => {
  const steps = [step('0001', '0001_tags.sql'), step('', '0002_words.sql', 'words.sql')];
  const noted = [{ tool: 'sql-migrate', table: 'public.gorp_migrations', applied: ['0001_tags.sql', 'words.sql'] }];
  expect(baselineAdvice({ tool: 'sql-migrate', notes: [], steps }, noted, [])).toMatchObject({ version: '0002' });
});

test('the ledger of another tool says nothing', () => {
  expect(baselineAdvice(PLAN, ledger({ tool: 'dbmate', applied: ['1'] }), [])).toBeUndefined();
});

test('nothing is left to do for what stackctl has entered already', () => {
  const noted = ledger({ applied: ['1', '2'] });
  expect(baselineAdvice(PLAN, noted, ['00001_a.sql'])).toMatchObject({ version: '00002' });
  expect(baselineAdvice(PLAN, noted, ['00001_a.sql', '00002_b.sql'])).toEqual({
    finding: "stackctl's own ledger has all that public.goose_db_version says",
    version: undefined,
  });
});
