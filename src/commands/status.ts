import { setTimeout as delay } from 'node:timers/promises';
import { PROBE_MS } from '../health/check.ts';
import type { RecordSession } from '../lifecycle/session.ts';
import { recordView, type StatusView } from '../lifecycle/status.ts';
import { safeText } from '../output/paint.ts';
import { statusText } from '../output/status.ts';
import type { CommandModule, Switch } from './line/command.ts';
import { timeoutOption } from './line/options.ts';
import { healthResult, PROBE_LIMIT, readStatus } from './session/health-report.ts';
import { withRecord } from './session/record-session.ts';
import { healLeftovers, interruptCode } from './session/session.ts';

const WATCH_EVERY_MS = 1000;
/** Erases the screen and goes to its top left corner. */
const CLEAR = '\u001b[2J\u001b[H';

interface StatusFlags {
  readonly watch: Switch;
  readonly exitCode: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .option('-w, --watch', 'redraw every second until interrupted')
    .option('--exit-code', 'exit with 5 when something is not healthy')
    .addOption(timeoutOption(PROBE_LIMIT, PROBE_MS));
};

export const run: CommandModule<StatusFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  return withRecord(context, stackRef, async (session) => {
    await healLeftovers(session);
    const read = () => statusOf(session, context.global.timeoutMs);
    if (!flags.watch) return healthResult(await read(), flags.exitCode === true);
    // NDJSON for programs, one redrawn screen for people.
    while (!context.signal.aborted) {
      const view = await read();
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

/** Without the stack no server can be probed: then the state that the runtime sees is all that is known. */
async function statusOf(session: RecordSession, limitMs: number | undefined): Promise<StatusView> {
  const { stack, record, runtime } = session;
  if (stack === undefined) return recordView(record, await runtime.observe());
  return readStatus({ ...session, stack }, limitMs);
}
