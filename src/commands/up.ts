import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { bringUp } from '../lifecycle/bring-up.ts';
import { formatPlan } from '../lifecycle/plan.ts';
import { parseScaleTarget, refuseUnsafeCounts } from '../lifecycle/scale-plan.ts';
import type { UpResult } from '../lifecycle/up.ts';
import { migrateOutlookText } from '../output/migrate.ts';
import { declaredOutlookText } from '../output/migrate-declared.ts';
import type { PortMode } from '../stack/ports/ports.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from './line/command.ts';
import { listOption, NO_MEASURE, option, READY_LIMIT, timeoutOption } from './line/options.ts';
import { orKindStack } from './session/kind-stack.ts';
import { open } from './session/open.ts';
import { splitWords } from './session/session.ts';
import { buildable, type StartOptions, startProject, upInput } from './session/start-project.ts';
import { orUnknownStack } from './session/unknown-stack.ts';
import { upResult } from './session/up-result.ts';

interface UpFlags {
  readonly ports: string | undefined;
  readonly scale: readonly string[];
  readonly build: Switch;
  readonly cache: boolean;
  readonly migrate: boolean;
  readonly measure: boolean;
  readonly dryRun: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument(
      '[stack]',
      'a built-in stack, a kind for one server of it (postgres), or a folder with a stack.yaml; without it, the project of this folder',
    )
    .argument('[services...]', 'only these services; without any, all')
    .addOption(
      option({
        flags: '--ports <mode>',
        description:
          'when a port is taken: auto moves to the next free one, strict fails; without it, moves only where another stackctl project has it',
        parse: String,
        choices: ['auto', 'strict'],
      }),
    )
    .addOption(listOption('--scale <service=n>', 'number of instances of a service, e.g. backend=3'))
    .option('--build', 'build the programs of the stack again, all or those of the services named')
    .option('--no-cache', 'with --build: without the layers of earlier builds')
    .option('--no-migrate', 'leave pending migrations to stackctl migrate')
    .option(...NO_MEASURE)
    .option('--dry-run', 'print what would be done and why, and stop')
    .addOption(timeoutOption(READY_LIMIT));
};

export const run: CommandModule<UpFlags>['run'] = async (context, args, flags) => {
  const { stackRef, rest } = await orKindStack(context, await splitWords(context, args));
  const options = optionsOf(rest, flags);
  if (options.dryRun) return dryRun(context, stackRef, options);
  const { result, figures } = await startProject(context, stackRef, options);
  return upResult(result, figures);
};

function optionsOf(services: readonly string[], flags: UpFlags): StartOptions {
  if (!flags.cache && !flags.build) {
    throw new StackctlError('E_USAGE', '--no-cache says how to build, and nothing is built without --build', {
      hint: 'stackctl up --build --no-cache',
    });
  }
  return {
    services,
    targets: flags.scale.map(parseScaleTarget),
    portMode: portMode(flags.ports),
    dryRun: flags.dryRun === true,
    build: flags.build === true,
    cache: flags.cache,
    migrate: flags.migrate,
    measure: flags.measure,
  };
}

async function dryRun(
  context: CommandContext,
  stackRef: string | undefined,
  options: StartOptions,
): Promise<CommandResult> {
  const project = await orUnknownStack(context, options.services, () => open(context, stackRef, 'any'));
  refuseUnsafeCounts(project.stack, options.targets);
  const rebuild = new Set(options.build ? buildable(project, options.services) : []);
  return dryRunResult(context, await bringUp(upInput(context, project, options, rebuild)), options.migrate);
}

async function dryRunResult(
  { signal }: CommandContext,
  { stack, plan }: UpResult,
  migrate: boolean,
): Promise<CommandResult> {
  const { declaredAhead, migrationsAhead } = await import('../migrate/outlook.ts');
  const starting = plan.steps.filter(({ op }) => op !== 'remove').map(({ instance }) => instance);
  const ahead = { running: plan.unchanged, starting };
  const declared = await declaredAhead(stack, ahead, signal);
  const { outlooks = [], failure } = migrate ? await migrationsAhead(stack, ahead, signal) : {};
  const of = { project: stack.project.name, stack: stack.name, runtime: stack.runtime.name };
  const texts = [formatPlan(plan), declaredOutlookText(declared), migrateOutlookText(outlooks)];
  return {
    data: { ...of, ...plan, declared, migrations: outlooks },
    text: texts.filter((lines) => lines !== '').join('\n'),
    ...defined({ failure }),
  };
}

function portMode(value = 'default'): PortMode {
  if (value === 'default' || value === 'auto' || value === 'strict') return value;
  throw new StackctlError('E_USAGE', `--ports takes auto or strict, not "${value}"`, {
    hint: 'stackctl up --ports strict, or without --ports: stackctl up --help says what each does.',
  });
}
