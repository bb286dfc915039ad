import { defined } from '../lib/defined.ts';
import { handOverText } from '../output/hand-over.ts';
import type { HandOverMode } from '../stack/contract/arbiter.ts';
import type { CommandModule } from './line/command.ts';
import { choiceOption, NO_MEASURE, timeoutOption } from './line/options.ts';
import { HAND_OVER_LIMIT_MS, handOverFailure, handOverMaster } from './session/hand-over-master.ts';
import { withLockedSession } from './session/session.ts';

interface FailoverFlags {
  readonly mode?: HandOverMode;
  readonly to?: string;
  readonly measure: boolean;
}

const MODES = `
express   writes wait for milliseconds: the replica gets the last of them, becomes the master, and
          the Sentinels are told at once. Refuses when something is not as it must be.
graceful  writes wait while the Sentinels' own failover runs, about a second.
coordinated  SENTINEL FAILOVER COORDINATED of Valkey 9 and newer: the master itself hands over.
stock     SENTINEL FAILOVER alone: loses what the old master acknowledges until it is demoted.
Meanwhile 200 small values a second are written under keys that begin with stackctl:failover: and
deleted afterwards, to measure the gap and count lost writes.`;

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(
      choiceOption('--mode <way>', 'how; without it, express, or graceful with one Sentinel', [
        'express',
        'graceful',
        'coordinated',
        'stock',
      ]),
    )
    .option('--to <instance>', 'the new master, e.g. redis-2; without it, the replica that the Sentinels would choose')
    .option(...NO_MEASURE)
    .addOption(timeoutOption('how long it may take until everything agrees and follows', HAND_OVER_LIMIT_MS))
    .addHelpText('after', MODES);
};

export const run: CommandModule<FailoverFlags>['run'] = async (context, args, { mode, to, measure }) => {
  const [stackRef] = args;
  return withLockedSession(context, stackRef, 'failover', async (session) => {
    const limitMs = context.global.timeoutMs ?? HAND_OVER_LIMIT_MS;
    const report = await handOverMaster(session, { mode, to, measure, limitMs });
    return { data: report, text: handOverText(report), ...defined({ failure: handOverFailure(report) }) };
  });
};
