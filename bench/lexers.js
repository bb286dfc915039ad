import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const STATEMENTS = 100_000;
/** Seconds of CPU. */
const GOAL_S = 1;
/** Were each statement a reason to read the text again, it would be four times. */
const GOAL_RATIO = 3;
const ROUNDS = 5;

const USUAL = "INSERT INTO t (id, name) VALUES (1, 'A place with a name'); -- one of many\n";
const TEXTS = [
  ['PostgreSQL, usual statements', 'splitPostgres', USUAL],
  ['PostgreSQL, dollar quotes', 'splitPostgres', "SELECT $a$;$a$, $b, E'x'\n'y' /* ; */;\n"],
  ['PostgreSQL, data of COPY', 'splitPostgres', 'COPY t FROM stdin;\n1\\.\n\\.x\n\\.\n'],
  ['PostgreSQL, one long statement', 'splitPostgres', 'a, (b'],
  ['ClickHouse, usual statements', 'splitClickhouse', USUAL],
  ['ClickHouse, dollars that open nothing', 'splitClickhouse', 'SELECT $a$b; $$ '],
  ['ClickHouse, data with dollars', 'splitClickhouse', 'INSERT INTO t FORMAT CSV\n$a$;\n\n'],
];

/**
 * How statements are cut: CPU time of 100,000 against `GOAL_S`, and twice the text against the text. Resolves with one
 * boolean for each text: both goals are reached.
 *
 * @param {(pair: object) => Promise<boolean>} report
 */
export async function lexers(report) {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-bench-'));
  try {
    const split = await load(folder);
    const passes = [];
    for (const [what, name, unit] of TEXTS) passes.push(await measure(report, what, split[name], unit));
    return passes;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(report, what, split, unit) {
  const text = unit.repeat(STATEMENTS);
  const half = unit.repeat(STATEMENTS / 2);
  split(half);
  const isLinear = await report({
    name: `${what}: ${STATEMENTS} of them : half as many`,
    goal: GOAL_RATIO,
    rounds: ROUNDS,
    ours: async () => cpuMs(() => split(text)),
    theirs: async () => cpuMs(() => split(half)),
  });
  const seconds = cpuMs(() => split(text)) / 1000;
  const isQuick = seconds <= GOAL_S;
  console.log(`${isQuick ? 'pass' : 'FAIL'}  ${what}: ${seconds.toFixed(2)} s of CPU (goal: at most ${GOAL_S} s)`);
  return isLinear && isQuick;
}

/** User time: other work on the machine adds little to it. */
function cpuMs(work) {
  const begin = process.cpuUsage();
  work();
  return process.cpuUsage(begin).user / 1000;
}

async function load(folder) {
  const outfile = join(folder, 'split.mjs');
  const kinds = new URL('../src/kinds/', import.meta.url).pathname;
  const contents = `
    export { splitPostgres } from './_shared/postgres/sql/split.ts';
    export { splitClickhouse } from './clickhouse/sql/split.ts';`;
  await build({
    stdin: { contents, resolveDir: kinds },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    outfile,
  });
  return import(pathToFileURL(outfile).href);
}
