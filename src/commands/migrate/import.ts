import { counted } from '../../lib/counted.ts';
import type { ImportPlan, ImportStep } from '../../migrate/import/plan.ts';
import { type NamedFolder, readImport } from '../../migrate/import/read-import.ts';
import { FOREIGN_TOOL_NAMES } from '../../migrate/import/tools.ts';
import { writeTarget } from '../../migrate/import/write-target.ts';
import { migrateImportText } from '../../output/migrate-import.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from '../line/command.ts';
import { option } from '../line/options.ts';
import { open } from '../session/open.ts';
import { splitWords } from '../session/session.ts';
import { adviceLines, readAdvice } from './import-advice.ts';
import { type ImportTarget, importTarget, namedFolder } from './import-target.ts';

interface ImportFlags {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly dryRun: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<dir>', 'the folder of the other tool, or one file of pg_dump')
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .argument('[service]', 'whose migrations they become; without it, the only service that has migrations')
    .addOption(
      option({
        flags: '--from <tool>',
        description: 'whose files they are; without it, the files say so',
        parse: (tool) => tool,
        choices: FOREIGN_TOOL_NAMES,
      }),
    )
    .option('--to <folder>', "where to write; without it, the migrations folder of the service in the stack's folder")
    .option('--dry-run', 'print what would be written, and stop');
};

export const run: CommandModule<ImportFlags>['run'] = async (context, [dir = '', ...words], flags) => {
  const { stackRef, rest } = await splitWords(context, words);
  const { stack } = await open(context, stackRef, 'any');
  const source = namedFolder(context.cwd, dir);
  const into = importTarget({ context, stack, service: rest[0], to: flags.to, source });
  const plan = await readImport({ source, target: into.folder, from: flags.from, migrator: into.migrator });
  const shown = { context, stackRef, source, into, plan, table: tableOf(plan, source, into) };
  const fresh = plan.steps.filter(({ isThere }) => !isThere);
  const [files, folder] = [counted(fresh.length, 'file'), into.folder.shown];
  if (fresh.length === 0)
    return answer(shown, `already imported: all of them are in ${folder}`, { dryRun: flags.dryRun });
  if (flags.dryRun) return answer(shown, 'nothing was written', { dryRun: true });
  await context.confirm(`${shown.table}\n\nWrite ${files} to ${folder}?`);
  await writeTarget(into.folder.path, fresh);
  return answer(shown, `${files} written to ${folder}`, { written: fresh });
};

interface Shown {
  readonly context: CommandContext;
  readonly stackRef: string | undefined;
  readonly source: NamedFolder;
  readonly into: ImportTarget;
  readonly plan: ImportPlan;
  readonly table: string;
}

interface Outcome {
  readonly dryRun?: Switch;
  readonly written?: readonly ImportStep[];
}

function tableOf(plan: ImportPlan, source: NamedFolder, { service, folder }: ImportTarget): string {
  return migrateImportText(plan, { service: service.name, source: source.shown, target: folder.shown });
}

async function answer(shown: Shown, outcome: string, { dryRun, written = [] }: Outcome): Promise<CommandResult> {
  const { context, stackRef, source, into, plan, table } = shown;
  const asked = await readAdvice(context, stackRef, into, plan);
  const isWritten = plan.steps.every((step) => step.isThere || written.includes(step));
  const advice = adviceLines(asked, plan, { stackRef, isWritten });
  const wasAsked = written.length > 0 && context.global.yes !== true;
  return {
    data: {
      dryRun: dryRun === true,
      tool: plan.tool,
      service: into.service.name,
      source: source.path,
      target: into.folder.path,
      files: plan.steps.map((step) => ({ ...fileOf(step), written: written.includes(step) })),
      notes: plan.notes,
      baseline: asked.advice ?? null,
    },
    // Whoever was asked has the table on the screen.
    text: [...(wasAsked ? [] : [table, '']), outcome, ...advice].join('\n'),
  };
}

function fileOf({ sources, target, version, statements, transaction, downStatements, notes }: ImportStep) {
  return { sources, target, version, statements, transaction, downStatements, notes };
}
