import { StackctlError } from '../../errors.ts';
import { requireValid } from '../../migrate/folder.ts';
import { lint } from '../../migrate/lint.ts';
import type { LintReport } from '../../migrate/report.ts';
import { lintText } from '../../output/migrate-lint.ts';
import type { CommandModule, Switch } from '../line/command.ts';
import { open } from '../session/open.ts';
import { splitWords } from '../session/session.ts';
import { migratedServices, version } from './services.ts';

interface LintFlags {
  readonly from: bigint | undefined;
  readonly strict: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or the path of your own; without it, the only project of this folder')
    .argument('[services...]', 'only these services; without any, all that have migrations')
    .option(
      '--from <version>',
      'the first version to read, e.g. the first that is not applied; without it, all',
      version,
    )
    .option('--strict', 'exit 6 for a warning too');
};

/** Reads files only: it needs no server and takes no lock. */
export const run: CommandModule<LintFlags>['run'] = async (context, words, { from, strict }) => {
  const { stackRef, rest } = await splitWords(context, words);
  const { stack } = await open(context, stackRef, 'any');
  const services = migratedServices(stack, rest);
  requireValid(services.flatMap(({ files }) => files));
  const reports = services.map((migrated) => lint(migrated, from));
  const answer = { data: { services: reports }, text: lintText(reports) };
  const failure = failureOf(reports, strict === true);
  return failure === undefined ? answer : { ...answer, failure };
};

function failureOf(reports: readonly LintReport[], strict: boolean): StackctlError | undefined {
  const bad = reports.flatMap(({ findings }) => findings).filter(({ level }) => strict || level === 'error');
  if (bad.length === 0) return undefined;
  return new StackctlError('E_MIGRATION_LINT', `${bad.length} finding${bad.length === 1 ? '' : 's'}`, {
    hint: 'Change the files, or say in a file that it is meant: -- stackctl: allow=RULE',
    details: { rules: [...new Set(bad.map(({ rule }) => rule))] },
  });
}
