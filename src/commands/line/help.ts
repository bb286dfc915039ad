import { EXIT } from '../../errors.ts';
import { COMMANDS, type CommandEntry, GROUPS } from './table.ts';

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
  return [INTRODUCTION, '', ...groups, FLAGS, '', exitCodes(), '', EXAMPLES].join('\n');
}

function label({ name, aliases }: CommandEntry): string {
  return [name, ...aliases].join(', ');
}

const INTRODUCTION = `Usage: stackctl <command> [options]

Brings up production-like data stacks and proves that they work.`;

const FLAGS = `Options of every command:
  --project NAME                    the project, when the folder has several
  --runtime auto|docker|process     where instances run
  --set KEY=VALUE, --values FILE    values of the stack (repeatable)
  --json                            one JSON envelope on stdout, also on failure
  -y, --yes                         answer every question with yes
  --timeout DURATION                how long to wait: 500ms, 10s, 2m
  -h, --help                        help, also of one command
  -V, --version                     the version`;

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
