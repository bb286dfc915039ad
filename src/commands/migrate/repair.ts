import type { Command } from 'commander';
import { StackctlError } from '../../errors.ts';
import { planRepair, repair, requireChosen } from '../../migrate/repair.ts';
import type { RepairPlan, RepairReport } from '../../migrate/report.ts';
import { repairPlanText, repairReportText } from '../../output/migrate-repair.ts';
import type { CommandModule, Switch } from '../line/command.ts';
import { listOption } from '../line/options.ts';
import { splitWords, withLockedSession, withSession } from '../session/session.ts';
import { migrationDeadline, onServices, runningServices } from './services.ts';

interface RepairFlags {
  readonly markApplied: readonly string[];
  readonly markReverted: readonly string[];
  readonly statementsDone: readonly string[];
  readonly dryRun: Switch;
}

export const configure = (command: Command): void => {
  onServices(command)
    .addOption(listOption('--mark-applied <name>', 'a file that failed or was interrupted and is wholly in effect'))
    .addOption(listOption('--mark-reverted <name>', 'such a file of which nothing is in effect'))
    .addOption(
      listOption(
        '--statements-done <name=count>',
        'such a file of which so many statements are in effect, of its down part where that one stopped; up or down goes on there',
      ),
    )
    .option('--dry-run', 'print what would be done, and stop');
};

/** Shows all that is not as it should be, asks once, and does what was shown. */
export const run: CommandModule<RepairFlags>['run'] = async (
  context,
  words,
  { dryRun, markApplied, markReverted, statementsDone },
) => {
  const { stackRef, rest } = await splitWords(context, words);
  const choices = {
    markApplied: markApplied.map(withoutEnding),
    markReverted: markReverted.map(withoutEnding),
    statementsDone: new Map(statementsDone.map(countOf)),
  };
  const plans = await withSession(context, stackRef, async (session) => {
    const found: RepairPlan[] = [];
    for (const migrated of await runningServices(session, rest))
      found.push(await planRepair(session.stack, migrated, choices, migrationDeadline(context, session)));
    return found;
  });
  requireChosen(choices, plans);
  const isWork = plans.some(({ steps }) => steps.some(({ automatic }) => automatic));
  if (dryRun || !isWork) return { data: { dryRun: dryRun === true, services: plans }, text: repairPlanText(plans) };
  await context.confirm(`What does not agree:\n${repairPlanText(plans)}\nDo what is listed as "repair"?`);
  return withLockedSession(context, stackRef, 'migrate repair', async (session) => {
    const reports: RepairReport[] = [];
    for (const migrated of await runningServices(session, rest)) {
      const plan = plans.find(({ service }) => service === migrated.service.name);
      const confirmed = new Set(plan?.steps.map(({ key }) => key));
      const signal = migrationDeadline(context, session);
      reports.push(await repair(session.stack, migrated, { choices, confirmed, signal, emit: session.emit }));
    }
    return { data: { services: reports }, text: repairReportText(reports) };
  });
};

function withoutEnding(name: string): string {
  return name.replace(/\.sql$/, '');
}

/** From `0007_copy=3`. @throws E_USAGE */
function countOf(text: string): readonly [name: string, count: number] {
  const { name, count } = /^(?<name>\S+?)(?:\.sql)?=(?<count>\d+)$/.exec(text)?.groups ?? {};
  if (name !== undefined && count !== undefined) return [name, Number(count)];
  throw new StackctlError('E_USAGE', `--statements-done ${text}: a file and a number are needed`, {
    hint: 'For example: stackctl migrate repair --statements-done 0007_copy=3',
  });
}
