import { StackctlError } from '../errors.ts';
import { LONGEST_SPAN_MS, parseDuration } from '../lib/duration.ts';
import { parseInstant } from '../lib/instant.ts';
import { logLine } from '../output/log-line.ts';
import { widthOf } from '../output/width.ts';
import type { CommandModule, Switch } from './line/command.ts';
import { instanceNames, namesOnRecord } from './session/instance-names.ts';
import { logTimes } from './session/log-times.ts';
import { withRecord } from './session/record-session.ts';
import { interruptCode, splitWords } from './session/session.ts';

interface LogsFlags {
  readonly follow: Switch;
  readonly since: string | undefined;
  readonly tail: string | undefined;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[services...]', 'services or instances; without any, all')
    .option('-f, --follow', 'print new lines until interrupted')
    .option(
      '--since <when>',
      'only lines since then: a duration (10m), an instant (2026-01-31T12:00:00Z), or a date (its midnight in UTC)',
    )
    .option('--tail <n>', 'only the last n lines of each instance');
};

export const run: CommandModule<LogsFlags>['run'] = async (context, args, flags) => {
  const { stackRef, rest } = await splitWords(context, args);
  const follow = flags.follow === true;
  const wanted = { follow, since: since(flags.since), tail: tail(flags.tail), signal: context.signal };
  return withRecord(context, stackRef, async (session) => {
    const { stack = namesOnRecord(session), runtime } = session;
    const names = await instanceNames({ stack, runtime }, rest);
    const options = { ...wanted, timeOf: await logTimes(session.stack) };
    const width = Math.max(...names.map(widthOf));
    const lines = [];
    for await (const line of runtime.logs(names, options)) {
      // A following command cannot end with an envelope: one JSON object per line instead.
      if (context.global.json && !follow) lines.push(line);
      else context.print(context.global.json ? JSON.stringify(line) : logLine(line, width));
    }
    if (!context.global.json || follow) return { exitCode: interruptCode(context.signal) };
    return { data: { lines: lines.map(({ instance, at, text }) => ({ instance, at: at ?? null, text })) }, text: '' };
  });
};

function since(value: string | undefined): Date | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value, LONGEST_SPAN_MS);
  if (ms !== undefined) return new Date(Date.now() - ms);
  const instant = parseInstant(value);
  if ('ms' in instant) return new Date(instant.ms);
  throw new StackctlError(
    'E_USAGE',
    `--since takes a duration (10m, 2d, at most ten years) or an instant: "${value}" ${instant.problem}`,
    {
      hint: 'E.g. --since 10m or --since 2026-01-31T12:00:00Z',
    },
  );
}

function tail(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const lines = Number(value);
  if (Number.isInteger(lines) && lines >= 0) return lines;
  throw new StackctlError('E_USAGE', `--tail takes a number of lines, not "${value}"`);
}
