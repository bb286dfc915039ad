/** The files that `failover-test` and `verify-history` write about their runs. */
import { resolve } from 'node:path';
import type { FailoverReport } from '../failover/failover-test.ts';
import { pictureOf } from '../failover/lanes.ts';
import type { Observations } from '../failover/run-report.ts';
import { readRun } from '../failover/saved-run.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverJunit } from '../output/failover-junit.ts';
import { failoverPage } from '../output/failover-page/page.ts';
import { VERSION } from '../version.ts';
import type { ReportFlags } from './failover-limits.ts';
import type { CommandContext } from './line/command.ts';

/** What cannot be written is known before anything is broken. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function tryReports({ cwd }: CommandContext, { junit, html }: ReportFlags): Promise<void> {
  const nothing = { verdict: 'inconclusive', runs: [] } as const;
  if (junit !== undefined) await writeFileAtomic(resolve(cwd, junit), failoverJunit(nothing));
  if (html !== undefined) await writeFileAtomic(resolve(cwd, html), pageOf(nothing, []));
}

/** @param observed where they are at hand; otherwise the files that the runs wrote are read. */
export async function writeReports(
  { cwd }: CommandContext,
  { junit, html }: ReportFlags,
  report: FailoverReport,
  observed?: readonly Observations[],
): Promise<void> {
  if (junit !== undefined) await writeFileAtomic(resolve(cwd, junit), failoverJunit(report));
  if (html === undefined) return;
  const runs = observed ?? (await Promise.all(report.runs.map(({ historyFile }) => readRun(historyFile))));
  await writeFileAtomic(resolve(cwd, html), pageOf(report, runs));
}

function pageOf(report: FailoverReport, observed: readonly Observations[]): string {
  const pictures = report.runs.flatMap((run, index) => {
    const one = observed[index];
    return one === undefined ? [] : [pictureOf(run, one)];
  });
  return failoverPage({ report, pictures, madeBy: `stackctl ${VERSION}` });
}
