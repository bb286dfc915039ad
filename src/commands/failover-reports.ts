/** The files that `failover-test` and `verify-history` write about their runs. */
import { resolve } from 'node:path';
import { errorText } from '../errors.ts';
import type { FailoverReport } from '../failover/failover-test.ts';
import { pictureOf, type RunPicture } from '../failover/lanes.ts';
import type { Observations } from '../failover/run-report.ts';
import { readRun } from '../failover/saved-run.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverJunit } from '../output/failover-junit.ts';
import { failoverPage } from '../output/failover-page/page.ts';
import { VERSION } from '../version.ts';
import type { ReportFlags } from './failover-limits.ts';
import type { CommandContext } from './line/command.ts';

/** Until a test has ended its reports say that it has not: whoever collects them must not take them for those of one that passed. */
const NOT_ENDED: FailoverReport = {
  verdict: 'inconclusive',
  runs: [],
  unfinished: [{ scenario: 'failover-test', reason: 'the test has not ended' }],
};

/** What cannot be written is known before anything is broken. @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function tryReports(context: CommandContext, flags: ReportFlags): Promise<void> {
  await writeReports(context, flags, NOT_ENDED);
}

/**
 * A page shows figures of a run whose file cannot be read, and no drawing.
 * @param observed of a run, where it is at hand already.
 */
export async function writeReports(
  { cwd, emit }: CommandContext,
  { junit, html }: ReportFlags,
  report: FailoverReport,
  observed: (index: number) => Observations | undefined = () => undefined,
): Promise<void> {
  if (junit !== undefined) await writeFileAtomic(resolve(cwd, junit), failoverJunit(report));
  if (html === undefined) return;
  const pictures: (RunPicture | undefined)[] = [];
  // One after the other: each may have hundreds of thousands of writes.
  for (const [index, run] of report.runs.entries()) {
    const read = () =>
      readRun(run.historyFile).catch((error: unknown) => {
        emit({ type: 'warning', text: `no drawing of ${run.scenario}: ${errorText(error)}` });
        return undefined;
      });
    const one = observed(index) ?? (await read());
    pictures.push(one && pictureOf(run, one));
  }
  await writeFileAtomic(resolve(cwd, html), failoverPage({ report, pictures, madeBy: `stackctl ${VERSION}` }));
}
