import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { check } from '../../src/failover/checker.ts';
import type { RunReport } from '../../src/failover/run-report.ts';
import { readRun } from '../../src/failover/saved-run.ts';
import { isOneValue, presentIn } from '../../src/failover/shapes/present.ts';
import { wentBack } from '../../src/failover/shapes/went-back.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';
import type { FinalRead, WorkloadShape } from '../../src/stack/contract/final-read.ts';
import { ROOT } from '../support/cli.ts';
import { any, failover, played } from '../support/made-up-run.ts';
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

interface Judgement {
  /** Values that no order explains. */
  readonly bad: readonly number[];
  /** Of a register and a counter: whether there is an order of all its writes that explains all answers. */
  readonly linearizable?: boolean;
}

interface Judged extends Judgement {
  readonly clients: Readonly<Record<string, Judgement>>;
}

/** By file. */
function judged(paths: readonly string[]): ReadonlyMap<string, Judged> {
  const out = execFileSync(judge, paths, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Judged & { readonly file: string });
  return new Map(lines.map(({ file, ...rest }) => [file, rest]));
}

const badIn = (all: ReadonlyMap<string, Judged>) => new Map([...all].map(([file, { bad }]) => [file, bad]));

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
  expect(badIn(judged([...wanted.keys()]))).toEqual(wanted);
  const bad = [...wanted.values()].filter((values) => values.length > 0).length;
  console.log(`${HISTORIES} histories, ${bad} of them with something wrong: both judges find the same values`);
  expect(bad).toBeGreaterThan(20);
  expect(bad).toBeLessThan(HISTORIES);
});

/** What ours says of an object whose answers are reads. */
function isSound(shape: WorkloadShape, history: readonly WriteRecord[], read: FinalRead): boolean {
  return found(history, presentIn(shape, history, read)).length === 0 && wentBack(shape, history) === 0;
}

test.each(['register', 'counter'] as const)('another judge says of a %s what ours says', async (shape) => {
  const happening = fc.oneof({ weight: 12, arbitrary: any }, { weight: 1, arbitrary: failover });
  const stories = fc.sample(fc.array(happening, { minLength: 1, maxLength: 40 }), { numRuns: HISTORIES, seed: 9 });
  const wanted = new Map<string, boolean>();
  for (const [index, happenings] of stories.entries()) {
    const { history, finalRead } = played(shape, happenings);
    const path = join(folder, `${shape}-${index}.ndjson`);
    const end = { type: 'end', finalRead: { values: [] }, clients: [{ name: 'it', shape, finalRead }] };
    const lines = [...history.map((record) => ({ client: 'it', ...record })), end];
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    wanted.set(path, isSound(shape, history, finalRead));
  }
  const said = [...judged([...wanted.keys()])].map(([file, { clients }]) => [file, clients.it?.linearizable]);
  expect(new Map(said as [string, boolean][])).toEqual(wanted);
  const sound = [...wanted.values()].filter(Boolean).length;
  console.log(`${HISTORIES} histories of a ${shape}, ${sound} of them sound: both judges say the same`);
  expect(sound).toBeGreaterThan(10);
  expect(sound).toBeLessThan(HISTORIES - 10);
});

test('another judge finds the same in histories of real failovers', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: FAST });
  await project.up();
  const scenarios = ['master-kill', 'planned', 'master-hang', 'planned-express'];
  const args = ['failover-test', '--scenario', scenarios.join(','), '--workload', 'all'];
  const { data } = await project.json(args);
  const runs = data.runs as readonly RunReport[];
  expect(runs.map(({ scenario }) => scenario)).toEqual(scenarios);
  const wanted = new Map(runs.map(({ historyFile, lostValues = [] }) => [historyFile, lostValues] as const));
  const said = judged([...wanted.keys()]);
  expect(badIn(said)).toEqual(wanted);
  expect(wanted.get(runs[1]?.historyFile ?? '')?.length).toBeGreaterThan(0);
  for (const { historyFile, lostValues = [] } of runs) {
    const { history, finalRead, clients = [] } = await readRun(historyFile);
    expect(found(history, finalRead?.values ?? [])).toEqual(lostValues);
    expect(clients).toHaveLength(4);
    for (const { name, shape = 'list', history: writes, finalRead: read } of clients) {
      if (read === undefined) throw new Error(`${name} was not read`);
      const its = said.get(historyFile)?.clients[name];
      if (isOneValue(shape)) expect([name, its?.linearizable]).toEqual([name, isSound(shape, writes, read)]);
      else expect([name, its?.bad]).toEqual([name, found(writes, read.values)]);
    }
  }
});
