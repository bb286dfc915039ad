import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Argument, InvalidArgumentError } from 'commander';
import { EXIT, StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { parseInstant } from '../lib/instant.ts';
import { rateShortfall, trafficText } from '../output/traffic.ts';
import { digestOf, epochOf, eventLines } from '../traffic/emit.ts';
import { loadProfile } from '../traffic/load-profile.ts';
import type { TrafficReport } from '../traffic/report.ts';
import { seedTraffic, servicesOf } from '../traffic/seed-traffic.ts';
import type { CommandContext, CommandModule, Switch } from './line/command.ts';
import { choiceOption, option, timeoutOption } from './line/options.ts';
import { open } from './session/open.ts';
import { requireReady } from './session/running.ts';
import { withSession } from './session/session.ts';

/** Every event's outcome and id is kept in memory until the end. */
const MOST = 2_000_000;

interface SeedFlags {
  readonly count: number;
  readonly seed: number;
  readonly rate: number | undefined;
  readonly profile: string | undefined;
  readonly epoch: 'now' | number | undefined;
  readonly emit: 'jsonl' | undefined;
  readonly digest: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .addArgument(new Argument('<what>', 'what to send').choices(['traffic']))
    .argument('[stack]', 'the project of this stack; without it, the only project of this folder')
    .addOption(
      option({
        flags: '--count <events>',
        description: `how many events, 1 to ${MOST}`,
        parse: positive,
        byDefault: '1000',
      }),
    )
    .addOption(
      option({
        flags: '--seed <number>',
        description: 'equal seeds send equal events; a whole number',
        parse: integer,
        byDefault: '1',
      }),
    )
    .option('--rate <number>', 'events per second; without it, as fast as they are acknowledged', rate)
    .option('--profile <name>', "which of the stack's traffic profiles; without it, the only one")
    .option(
      '--epoch <instant>',
      'where timestamps start: now, an instant (2026-01-01T00:00:00Z), or a date (its midnight in UTC); without it, what the profile says',
      epoch,
    )
    .addOption(
      choiceOption('--emit <format>', 'send nothing: print what would be sent, a line for each event', ['jsonl']),
    )
    .option('--digest', 'send nothing: print the SHA-256 of these lines')
    .addOption(timeoutOption('longest wait for the stores to have everything; without it, what the profile says'));
};

/** Takes no lock: services may be restarted during the traffic, and that is often what a user wants to see. */
export const run: CommandModule<SeedFlags>['run'] = async (context, args, flags) => {
  const [, stackRef] = args;
  if (flags.emit !== undefined || flags.digest) return withoutServers(context, stackRef, flags);
  return withSession(context, stackRef, async (session) => {
    const { emit, signal } = session;
    const { profile, refuse } = await loadProfile(session.stack, flags.profile);
    const stack = await requireReady(session, servicesOf(profile, session.stack));
    const report = await seedTraffic({
      stack,
      profile,
      refuse,
      count: flags.count,
      seed: flags.seed,
      ratePerS: flags.rate,
      epochMs: flags.epoch === 'now' ? Date.now() : flags.epoch,
      settleMs: context.global.timeoutMs,
      clock: performance,
      date: () => new Date(),
      random: randomBytes,
      emit,
      signal,
    });
    const shortfall = rateShortfall(report);
    if (shortfall !== undefined) emit({ type: 'warning', text: shortfall });
    const failure = failureOf(report, signal);
    return { data: report, text: trafficText(report), ...defined({ failure }) };
  });
};

async function withoutServers(context: CommandContext, stackRef: string | undefined, flags: SeedFlags) {
  if (
    flags.rate !== undefined ||
    context.global.timeoutMs !== undefined ||
    (flags.emit !== undefined && flags.digest)
  ) {
    throw new StackctlError(
      'E_USAGE',
      '--emit and --digest send nothing: one of them, and neither --rate nor --timeout',
      {
        hint: 'stackctl seed traffic --count 10 --emit jsonl',
      },
    );
  }
  if (flags.emit !== undefined && context.global.json) {
    throw new StackctlError('E_USAGE', '--emit prints lines of its own: --json has no place for them', {
      hint: 'Leave --json out; with --digest it is one answer.',
    });
  }
  const { stack } = await open(context, stackRef, 'any');
  const { profile } = await loadProfile(stack, flags.profile);
  const { count, seed } = flags;
  const events = { profile, seed, count, epochMs: flags.epoch === 'now' ? Date.now() : flags.epoch };
  if (flags.digest) {
    const digest = digestOf(events);
    const epochText = new Date(epochOf(events)).toISOString();
    return { data: { profile: profile.profile, seed, count, epoch: epochText, sha256: digest }, text: digest };
  }
  const { stdout, signal } = context;
  for (const text of eventLines(events)) {
    signal.throwIfAborted();
    if (!stdout.write(text)) await once(stdout, 'drain', { signal });
  }
  return { exitCode: EXIT.ok };
}

/** Undefined: verified. Otherwise what ends the run, with its exit code. */
export function failureOf(report: TrafficReport, { reason }: AbortSignal): StackctlError | undefined {
  if (report.interrupted && reason instanceof StackctlError) return reason;
  if (report.verified) return undefined;
  const { run, reasons, verdict } = report;
  return verdict === 'fail'
    ? new StackctlError(
        'E_TRAFFIC_UNVERIFIED',
        `run ${run} is not verified: a store does not hold what was acknowledged`,
        {
          hint: 'Run: stackctl status; and stackctl logs of the service that is named.',
          details: { run, reasons },
        },
      )
    : new StackctlError('E_TRAFFIC_INCONCLUSIVE', `run ${run} could not be judged`, {
        hint: 'Run it again when the reason is gone. What runs: stackctl status',
        details: { run, reasons },
      });
}

function positive(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > MOST) throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST}.`);
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('Give a whole number.');
  return value;
}

function rate(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) throw new InvalidArgumentError('Give a number above 0.');
  return value;
}

function epoch(text: string): number | 'now' {
  if (text === 'now') return text;
  const instant = parseInstant(text);
  if ('ms' in instant) return instant.ms;
  throw new InvalidArgumentError(`It ${instant.problem}; or write now.`);
}
