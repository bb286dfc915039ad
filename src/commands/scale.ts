import { StackctlError } from '../errors.ts';
import { deadline } from '../lib/poll.ts';
import { bringUp, rehearseBringUp } from '../lifecycle/bring-up.ts';
import { retire } from '../lifecycle/scale.ts';
import { instancesToRemove, parseScaleTarget } from '../lifecycle/scale-plan.ts';
import { statusView } from '../lifecycle/status.ts';
import { withFigures } from '../output/hand-over.ts';
import { statusText } from '../output/status.ts';
import { adviceOf } from '../project/open.ts';
import type { CommandModule } from './line/command.ts';
import { NO_MEASURE, timeoutOption } from './line/options.ts';
import { bringUpInput } from './session/bring-up-input.ts';
import { measuring } from './session/measured.ts';
import { splitWords, withLockedSession } from './session/session.ts';

/** A hand-over and a reset of each Sentinel take seconds. This limit is for one that never ends. */
const RETIRE_TIMEOUT_MS = 120_000;

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('<service=n...>', 'services and how many instances each is to have, e.g. redis=5')
    .option(...NO_MEASURE)
    .addOption(timeoutOption('how long the instances that go may take to leave', RETIRE_TIMEOUT_MS));
};

export const run: CommandModule<{ readonly measure: boolean }>['run'] = async (context, args, { measure }) => {
  const { stackRef, rest } = await splitWords(context, args);
  const targets = rest.map(parseScaleTarget);
  if (targets.length === 0) {
    throw new StackctlError('E_USAGE', 'scale needs at least one service=number', {
      hint: 'E.g. stackctl scale redis=5',
    });
  }
  const counts = Object.fromEntries(targets.map(({ service, count }) => [service, count]));
  return withLockedSession(context, stackRef, 'scale', async (session) => {
    if (session.record.state !== 'up') {
      throw new StackctlError('E_NOT_RUNNING', `the project ${session.record.name} is down`, {
        hint: `stackctl up ${rest.map((target) => `--scale ${target}`).join(' ')}`,
      });
    }
    instancesToRemove(session.stack, targets);
    const wanted = { ...bringUpInput(context, session.project), counts };
    // Everything that can be refused is refused before the first instance stops: ports, values, counts, programs, images.
    const rehearsal = await rehearseBringUp(wanted);
    for (const text of adviceOf(rehearsal.stack)) context.emit({ type: 'warning', text });
    const limitMs = context.global.timeoutMs ?? RETIRE_TIMEOUT_MS;
    const { whileRolling, figures } = measuring(context, measure, () => limitMs);
    const leave = { ...session, signal: deadline(limitMs, context.signal) };
    const removed = await retire(leave, targets, (names, move) => whileRolling(session.stack, names, move));
    const { stack, report } = await bringUp(wanted);
    if (report === undefined) throw new Error('scale ended without a report');
    const view = statusView(stack, report);
    const data = { ...view, removed: removed.map(({ name }) => name), figures: figures() };
    return { data, text: withFigures(statusText(view), figures()) };
  });
};
