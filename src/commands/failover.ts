import { StackctlError } from '../errors.ts';
import { directorOf } from '../failover/director.ts';
import { type HandOverReport, handOver } from '../failover/hand-over.ts';
import { counted } from '../lib/counted.ts';
import { defined } from '../lib/defined.ts';
import { handOverText } from '../output/hand-over.ts';
import type { HandOverMode } from '../stack/contract/arbiter.ts';
import { type Instance, type Stack, serviceOf } from '../stack/contract/model.ts';
import type { CommandModule } from './line/command.ts';
import { choiceOption, NO_MEASURE, timeoutOption } from './line/options.ts';
import { noSuchInstance } from './session/instance-names.ts';
import { withLockedSession } from './session/session.ts';

interface FailoverFlags {
  readonly mode?: HandOverMode;
  readonly to?: string;
  readonly measure: boolean;
}

/** A stock failover takes 11 s until the old master follows, and a full copy of the data comes on top. */
const LIMIT_MS = 120_000;

const STOCK_LOSES =
  'stock: the old master goes on acknowledging writes until the Sentinels make it a replica, about 11 s later; those writes are lost';

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
    .addOption(timeoutOption('how long it may take until everything agrees and follows', LIMIT_MS))
    .addHelpText('after', MODES);
};

export const run: CommandModule<FailoverFlags>['run'] = async (context, args, { mode, to, measure }) => {
  const [stackRef] = args;
  return withLockedSession(context, stackRef, 'failover', async ({ stack, emit, signal }) => {
    const director = directorOf(stack);
    const wish = { mode, to: to === undefined ? undefined : instanceNamed(stack, to, director.service.monitors) };
    if (mode === 'stock') emit({ type: 'warning', text: STOCK_LOSES });
    const limitMs = context.global.timeoutMs ?? LIMIT_MS;
    const report = await handOver(
      { stack, wish, measure, clock: performance, date: () => new Date(), random: Math.random, limitMs, emit, signal },
      director,
    );
    return { data: report, text: handOverText(report), ...defined({ failure: failureOf(report) }) };
  });
};

function instanceNamed(stack: Stack, name: string, service: string | undefined): Instance {
  const instances = service === undefined ? [] : serviceOf(stack, service).instances;
  const found = instances.find((instance) => instance.name === name);
  if (found !== undefined) return found;
  const names = instances.map((instance) => instance.name);
  throw noSuchInstance(stack, names, name);
}

/** Undefined: no write that it measured was lost, or nothing was measured. */
function failureOf({ figures }: HandOverReport): StackctlError | undefined {
  if (figures === null || figures.lost + figures.phantom + figures.duplicates + figures.misclassified === 0)
    return undefined;
  const lost = counted(figures.lost, 'acknowledged write was', 'acknowledged writes were');
  return new StackctlError('E_VERDICT_FAIL', `${lost} lost`, {
    hint: 'The master has moved. Only express, graceful and coordinated hand-overs lose nothing.',
    details: { lostRanges: figures.lostRanges },
  });
}
