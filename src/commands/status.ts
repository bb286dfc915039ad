import { setTimeout as delay } from 'node:timers/promises';
import { StackctlError } from '../errors.ts';
import { checkStack } from '../health/check.ts';
import { type StatusView, statusView } from '../lifecycle/status.ts';
import { safeText } from '../output/paint.ts';
import { statusText } from '../output/status.ts';
import type { CommandModule, CommandResult } from './command.ts';
import { withSchemas } from './schema-health.ts';
import { healLeftovers, interruptCode, type OpenSession, withSession } from './session.ts';

const WATCH_EVERY_MS = 1000;
/** Erases the screen and goes to its top left corner. */
const CLEAR = '\u001b[2J\u001b[H';

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .option('-w, --watch', 'redraw every second until interrupted')
    .option('--exit-code', 'exit with 5 when something is not healthy');
};

export const run: CommandModule['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  return withSession(context, stackRef, async (session) => {
    await healLeftovers(session);
    if (flags.watch !== true) return result(await look(session), flags.exitCode === true);
    // NDJSON for programs, one redrawn screen for people.
    while (!context.signal.aborted) {
      const view = await look(session);
      if (context.global.json) context.print(JSON.stringify(view));
      else {
        context.stdout.write(CLEAR);
        context.print(safeText(statusText(view)));
      }
      await delay(WATCH_EVERY_MS, undefined, { signal: context.signal }).catch(() => undefined);
    }
    return { exitCode: interruptCode(context.signal) };
  });
};

export async function look({ stack, runtime, signal }: OpenSession): Promise<StatusView> {
  const view = statusView(stack, await checkStack(stack, await runtime.observe(), signal));
  return withSchemas(view, stack, signal);
}

/** The view as a result that fails with exit code 5 when asked for and something is not healthy. */
export function result(view: StatusView, mustBeHealthy: boolean): CommandResult {
  const sick = view.instances.filter(({ health }) => health !== 'healthy');
  const answer = { data: view, text: statusText(view) };
  if (!mustBeHealthy || sick.length === 0) return answer;
  const failure = new StackctlError('E_UNHEALTHY', `not healthy: ${sick.map(({ name }) => name).join(', ')}`, {
    hint: nextStep(sick),
    details: { instances: sick.map(({ name, health, reasons }) => ({ name, health, reasons })) },
  });
  return { ...answer, failure };
}

/** Logs tell most, and what is not there has none. */
function nextStep(sick: StatusView['instances']): string {
  const there = sick.find(({ health }) => health !== 'missing');
  return there === undefined ? 'stackctl up' : `stackctl logs ${there.name}`;
}
