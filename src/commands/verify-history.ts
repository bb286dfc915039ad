import { resolve } from 'node:path';
import { StackctlError } from '../errors.ts';
import { ednOf } from '../failover/edn.ts';
import { judgeAgain } from '../failover/failover-test.ts';
import type { Observations } from '../failover/run-report.ts';
import { readRun } from '../failover/saved-run.ts';
import { defined } from '../lib/defined.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverText } from '../output/failover.ts';
import { failureOf, type LimitFlags, limited, type ReportFlags, withReports } from './failover-limits.ts';
import { writeReports } from './failover-reports.ts';
import type { CommandModule } from './line/command.ts';

interface VerifyHistoryFlags extends Partial<LimitFlags>, ReportFlags {
  readonly edn: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  withReports(limited(command, 'what the run was judged by'))
    .argument('<files...>', 'histories of failover-test, which names them behind every write')
    .option('--edn <file>', "write the history there as Jepsen's tools read it; of one run");
};

export const run: CommandModule<VerifyHistoryFlags>['run'] = async (context, args, flags) => {
  const { maxOutage, maxLost, maxSplitBrain, edn } = flags;
  const files = args.map((file) => resolve(context.cwd, file));
  const runs = await Promise.all(files.map(readRun));
  if (edn !== undefined) await writeFileAtomic(resolve(context.cwd, edn), ednOf(onlyOne(runs)));
  const limits = defined({ maxOutageMs: maxOutage, maxLost, maxSplitBrainMs: maxSplitBrain });
  const report = judgeAgain(runs, limits);
  await writeReports(context, flags, report, (index) => runs[index]);
  return { data: report, text: failoverText(report), ...defined({ failure: failureOf(report) }) };
};

function onlyOne(runs: readonly Observations[]): Observations {
  const [first, ...others] = runs;
  if (first !== undefined && others.length === 0) return first;
  throw new StackctlError('E_USAGE', `--edn takes one history, not ${runs.length}`, {
    hint: 'A file has the operations of one run: call it once for each.',
  });
}
