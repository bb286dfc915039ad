import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { ClientReport } from '../../src/failover/clients/client-report.ts';
import type { RunReport } from '../../src/failover/run-report.ts';
import { ROOT } from '../support/cli.ts';
import { openTestProject, type TestProject } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const SCENARIOS = { 'master-kill': 'kill', 'master-hang': 'hang', 'planned-express': 'express', planned: 'stock' };
const PAGE = join(ROOT, 'docs', 'clients.md');
const [BEGIN, END] = ['<!-- measured -->', '<!-- /measured -->'];

/** With their defaults, and with the options that change most. */
const LIBRARIES = [
  'ioredis',
  'ioredis?failoverDetector=true',
  'ioredis?socketTimeout=1000',
  'ioredis?failoverDetector=true&socketTimeout=1000',
  'node-redis',
  'node-redis?scanInterval=500',
];

interface Row {
  readonly name: string;
  readonly runs: ReadonlyMap<string, ClientReport>;
}

const rows: Row[] = [];
let examples: readonly (readonly [name: string, command: string])[] = [];

beforeAll(() => {
  const lines = execFileSync('bash', [join(ROOT, 'test', 'example-clients.sh')], { encoding: 'utf8' }).trim();
  examples = lines.split('\n').map((line) => line.split('\t') as [string, string]);
}, 600_000);

test('each client is judged by itself, and the table of the documentation says what came of it', {
  timeout: 3_600_000,
}, async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: { redisPassword: 'a password' } });
  await project.up();
  const wishes = [
    ...LIBRARIES.map((name) => [name, name] as const),
    ...examples.map(([name, command]) => [name, `exec:${command}`] as const),
  ];
  for (const [name, client] of wishes) rows.push({ name, runs: await judged(project, name, client) });
  const table = tableOf(rows);
  console.log(table);
  const page = await readFile(PAGE, 'utf8');
  const [before = '', after = ''] = [page.split(BEGIN)[0], page.split(END)[1]];
  await writeFile(PAGE, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);

  // What the documentation warns of is so.
  const find = (name: string, scenario: string) => rows.find((row) => row.name === name)?.runs.get(scenario);
  expect(find('ioredis', 'master-hang')?.outageMs).toBeGreaterThan(20_000);
  expect(find('ioredis?socketTimeout=1000', 'master-hang')?.outageMs).toBeLessThan(20_000);
  for (const { name, runs } of rows) {
    expect([name, runs.get('planned-express')?.lost, runs.get('master-kill')?.lost]).toEqual([name, 0, 0]);
    for (const run of runs.values()) expect([name, run.problem, run.phantom]).toEqual([name, null, 0]);
  }
  expect(rows.filter(({ runs }) => (runs.get('planned')?.lost ?? 0) > 0).length).toBeGreaterThan(2);
});

async function judged(project: TestProject, name: string, client: string): Promise<ReadonlyMap<string, ClientReport>> {
  const scenarios = Object.keys(SCENARIOS).join(',');
  const flags = ['--scenario', scenarios, '--client', client, '--max-outage', '60s', '--seed', '1'];
  const { data, error } = await project.json(['failover-test', ...flags]);
  const runs = (data?.runs ?? []) as readonly RunReport[];
  expect([name, runs.length, data?.unfinished], JSON.stringify(error)).toEqual([name, 4, undefined]);
  return new Map(
    runs.map((run) => {
      const [own] = run.clients ?? [];
      if (own === undefined) throw new Error(`${name} was not judged in ${run.scenario}`);
      console.log(name, run.scenario, run.outageMs, JSON.stringify({ ...own, lostRanges: own.lostRanges.length }));
      return [run.scenario, own];
    }),
  );
}

function tableOf(all: readonly Row[]): string {
  const heads = ['client', ...Object.values(SCENARIOS).map((what) => `${what}: outage, lost`)];
  const lines = all.map(({ name, runs }) => {
    const title = [...runs.values()][0]?.title ?? name;
    const [, options] = name.split('?');
    const shown = options === undefined ? title : `${title} \`${options}\``;
    return [shown, ...Object.keys(SCENARIOS).map((scenario) => cellOf(runs.get(scenario)))];
  });
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellOf(run: ClientReport | undefined): string {
  if (run === undefined) return '–';
  const { outageMs, lost, unanswered, recovered, duplicates } = run;
  const outage = outageMs === null ? '**not over**' : `${(outageMs / 1000).toFixed(outageMs < 1000 ? 2 : 1)} s`;
  const notes = [
    `${lost === 0 ? 0 : `**${lost}**`} of ${run.acked}`,
    ...(unanswered > 0 ? [`${unanswered} never answered`] : []),
    ...((recovered ?? 0) > 0 ? [`${recovered} stored despite an error`] : []),
    ...((duplicates ?? 0) > 0 ? [`${duplicates} stored twice`] : []),
  ];
  return `${outage}, ${notes.join(', ')}`;
}
