import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../../src/failover/checker.ts';
import type { RunReport } from '../../src/failover/run-report.ts';
import { readRun } from '../../src/failover/saved-run.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';
import { ROOT } from '../support/cli.ts';
import { FAST, openTestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const SOURCE = join(ROOT, 'test', 'second-judge');
const HISTORIES = 50;

let folder: string;
let judge: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-second-judge-'));
  judge = join(folder, 'judge');
  execFileSync('go', ['build', '-o', judge, '.'], { cwd: SOURCE, stdio: 'inherit' });
}, 600_000);
afterAll(() => rm(folder, { recursive: true }));

/** File -> values that no order explains. */
function judged(paths: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const out = execFileSync(judge, paths, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const lines = out.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const { file, bad } = JSON.parse(line) as { readonly file: string; readonly bad: readonly number[] };
      return [file, bad];
    }),
  );
}

/** What ours finds wrong, value by value. */
function found(history: readonly WriteRecord[], values: readonly number[]): readonly number[] {
  const { lost, phantom, duplicates, misclassified } = check(history, values);
  return [...new Set([...lost, ...phantom, ...duplicates, ...misclassified])].sort((a, b) => a - b);
}

const count = fc.integer({ min: 0, max: 2 });
const outcome = fc.constantFrom<WriteRecord['outcome']>('acked', 'acked', 'acked', 'unknown', 'failed');
/** How each value ends, and how often it is there: as it should be, but for a few. */
const some = fc.array(fc.record({ outcome, isApplied: fc.boolean(), odd: fc.option(count, { freq: 20 }) }), {
  minLength: 1,
  maxLength: 300,
});
const clean = some.map((writes) => writes.map((write) => ({ ...write, odd: null })));

test('another judge finds the same in histories that were made up, value by value', async () => {
  const drawn = [
    ...fc.sample(clean, { numRuns: 15, seed: 7 }),
    ...fc.sample(some, { numRuns: HISTORIES - 15, seed: 8 }),
  ];
  const wanted = new Map<string, readonly number[]>();
  for (const [index, writes] of drawn.entries()) {
    const history = writes.map(({ outcome: how }, at): WriteRecord => {
      const value = at + 1;
      return { value, intended: at, invoked: at, completed: at + 3.5, outcome: how };
    });
    const strangers = index % 7 === 6 ? [writes.length + 1, writes.length + 5] : [];
    const values = writes.flatMap(({ outcome: how, isApplied, odd }, at) => {
      const times = odd ?? (how === 'acked' || (how === 'unknown' && isApplied) ? 1 : 0);
      return Array.from({ length: times }, () => at + 1);
    });
    const path = join(folder, `${index}.ndjson`);
    const end = { type: 'end', finalRead: { node: 'redis-1', values: [...values, ...strangers] } };
    await writeFile(path, [...history, end].map((line) => `${JSON.stringify(line)}\n`).join(''));
    wanted.set(path, found(history, end.finalRead.values));
  }
  expect(judged([...wanted.keys()])).toEqual(wanted);
  const bad = [...wanted.values()].filter((values) => values.length > 0).length;
  console.log(`${HISTORIES} histories, ${bad} of them with something wrong: both judges find the same values`);
  expect(bad).toBeGreaterThan(20);
  expect(bad).toBeLessThan(HISTORIES);
});

test('another judge finds the same in histories of real failovers', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: FAST });
  await project.up();
  const scenarios = ['master-kill', 'planned', 'master-hang', 'planned-express'];
  const { data } = await project.json(['failover-test', '--scenario', scenarios.join(',')]);
  const runs = data.runs as readonly RunReport[];
  expect(runs.map(({ scenario }) => scenario)).toEqual(scenarios);
  const wanted = new Map(runs.map(({ historyFile, lostValues = [] }) => [historyFile, lostValues] as const));
  expect(judged([...wanted.keys()])).toEqual(wanted);
  expect(wanted.get(runs[1]?.historyFile ?? '')?.length).toBeGreaterThan(0);
  for (const { historyFile, lostValues = [] } of runs) {
    const { history, finalRead } = await readRun(historyFile);
    expect(found(history, finalRead?.values ?? [])).toEqual(lostValues);
  }
});
