import { EXIT } from '../../errors.ts';
import type { CommandEntry } from './command.ts';
import { explanationOf, flagsOf, GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION } from './global-options.ts';
import { COMMANDS, GROUPS } from './table.ts';

/** The text of `stackctl --help`. Made from the table alone, so that no command has to be loaded for it. */
export function overview(): string {
  const width = Math.max(...COMMANDS.map((command) => label(command).length));
  const groups = GROUPS.flatMap((group) => [
    `${group}:`,
    ...COMMANDS.filter((command) => command.group === group).map(
      (command) => `  ${label(command).padEnd(width)}  ${command.summary}`,
    ),
    '',
  ]);
  return [INTRODUCTION, '', ...groups, globalOptions(), '', exitCodes(), '', EXAMPLES].join('\n');
}

function label({ name, aliases }: CommandEntry): string {
  return [name, ...aliases].join(', ');
}

const INTRODUCTION = `Usage: stackctl <command> [options]

Brings up production-like data stacks and proves that they work.`;

function globalOptions(): string {
  const help = { ...HELP_OPTION, description: 'print help, also of one command' };
  const rows = [...GLOBAL_OPTIONS, help, VERSION_OPTION].map(
    (option) => [flagsOf(option), explanationOf(option)] as const,
  );
  const width = Math.max(...rows.map(([flags]) => flags.length));
  return ['Options of every command:', ...rows.map(([flags, what]) => `  ${flags.padEnd(width)}  ${what}`)].join('\n');
}

const EXAMPLES = `Examples:
  stackctl up redis-sentinel
  stackctl status --json
  stackctl failover-test --scenario master-kill
  stackctl down --volumes --yes`;

const MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'ok',
  failed: 'failed',
  usage: 'usage or invalid configuration',
  needsConfirmation: 'needs confirmation',
  runtimeMissing: 'runtime or server binary missing',
  unhealthy: 'not ready or unhealthy',
  assertionFailed: 'an assertion failed (failover verdict, traffic, drift)',
  locked: 'locked by another stackctl',
  inconclusive: 'inconclusive: the run could not be judged',
  sigint: 'interrupted, after cleaning up',
  sigterm: 'terminated, after cleaning up',
};

function exitCodes(): string {
  const rows = Object.entries(MEANINGS).map(
    ([name, meaning]) => `  ${String(EXIT[name as keyof typeof EXIT]).padStart(3)}  ${meaning}`,
  );
  return ['Exit codes:', ...rows].join('\n');
}
