import { resolve } from 'node:path';
import { judgeAgain } from '../failover/failover-test.ts';
import { readRun } from '../failover/saved-run.ts';
import { defined } from '../lib/defined.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { failoverText } from '../output/failover.ts';
import { failoverJunit } from '../output/failover-junit.ts';
import { failureOf, type LimitFlags, limited, withJunit } from './failover-limits.ts';
import type { CommandModule } from './line/command.ts';

interface VerifyHistoryFlags extends Partial<LimitFlags> {
  readonly junit: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  withJunit(limited(command, 'what the run was judged by')).argument(
    '<files...>',
    'histories of failover-test, which names them behind every write',
  );
};

export const run: CommandModule<VerifyHistoryFlags>['run'] = async (context, args, { maxOutage, maxLost, junit }) => {
  const files = args.map((file) => resolve(context.cwd, file));
  const report = judgeAgain(await Promise.all(files.map(readRun)), defined({ maxOutageMs: maxOutage, maxLost }));
  if (junit !== undefined) await writeFileAtomic(resolve(context.cwd, junit), failoverJunit(report.runs));
  return { data: report, text: failoverText(report), ...defined({ failure: failureOf(report) }) };
};
