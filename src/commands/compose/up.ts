import { EXIT, StackctlError } from '../../errors.ts';
import { composeLine, variableMessage } from '../../output/compose-lines.ts';
import type { OpenedProject } from '../../project/open.ts';
import { peerVariables } from '../../stack/derived/peer-side.ts';
import type { CommandContext, CommandModule } from '../line/command.ts';
import { timeoutOption } from '../line/options.ts';
import { startProject } from '../session/start-project.ts';
import { whileMarked } from '../session/while-marked.ts';
import { addServiceWords, describe, serviceOf } from './options.ts';
import { markerOf, markPlace, newPlace, placeBefore, refuseForeign } from './place.ts';
import { sessionIn } from './session.ts';

export { tellError } from './session.ts';

interface UpFlags {
  readonly projectName: string | undefined;
  readonly stack: string | undefined;
  readonly network: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  addServiceWords(command);
  command
    .option('--stack <stack>', describe('stack'))
    .option('--network <name>', describe('network'))
    .addOption(timeoutOption(describe('timeout')));
};

/** Writes lines for Compose, and nothing else, to stdout. */
export const run: CommandModule<UpFlags>['run'] = async (context, args, { projectName, stack, network }) => {
  const wanted = serviceOf(args, projectName);
  if (stack === undefined) throw noStack();
  const place = (await placeBefore(context, wanted)) ?? (await newPlace(context, wanted));
  const { result } = await startProject(sessionIn(context, place), stack, {
    services: [],
    targets: [],
    // Who depends on the stack is on its network: ports of this machine are for people.
    portMode: 'auto',
    joins: { project: wanted.project, network },
    dryRun: false,
    build: false,
    cache: true,
    migrate: true,
    measure: false,
    whileHeld: async (project, start) => {
      refuseShownSecrets(project);
      await refuseForeign(place);
      return whileMarked(project.paths, { file: markerOf(place), mark: () => markPlace(place) }, start);
    },
  });
  tellVariables(context, peerVariables(result.stack));
  return { exitCode: EXIT.ok };
};

function tellVariables({ stdout }: CommandContext, variables: ReturnType<typeof peerVariables>): void {
  for (const [name, value] of Object.entries(variables)) stdout.write(composeLine(variableMessage(name, value)));
}

/** Compose passes options as arguments, which everybody on this machine can read. @throws E_USAGE */
function refuseShownSecrets({ values }: OpenedProject): void {
  const shown = values.filter(({ type, origin }) => type === 'secret' && origin.startsWith('--set'));
  if (shown.length === 0) return;
  const names = shown.map(({ name }) => name);
  throw new StackctlError('E_USAGE', `${names.join(', ')} under \`set\` would be readable in the list of processes`, {
    hint: 'Put it into a file of values (mode 0600) and name that: `values: stack-values.yaml`.',
    details: { values: names },
  });
}

function noStack(): StackctlError {
  return new StackctlError('E_USAGE', 'no stack is named', {
    hint: 'Name it in compose.yaml: provider: {type: stackctl, options: {stack: redis-sentinel}}',
  });
}
