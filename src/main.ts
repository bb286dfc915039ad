/**
 * argv and environment in, exit code out. With start.ts and host/ the only code that knows the process, and the only
 * file that catches everything.
 */
import { inspect, stripVTControlCharacters } from 'node:util';
import { type CommandLine, readCommandLine } from './commands/line/argv.ts';
import { runLine } from './commands/line/program.ts';
import { COMMANDS, findCommand } from './commands/line/table.ts';
import { EXIT, StackctlError, systemCode } from './errors.ts';
import { explainError } from './host/explain-error.ts';
import { type Host, isInteractive, isLive, screenOf } from './host/host.ts';
import { type HostWatch, watchHost } from './host/watch-host.ts';
import { drain } from './lib/drain.ts';
import type { Emit, Progress } from './lib/events.ts';
import { type Outcome, printOutcome, type Screen } from './output/outcome.ts';
import { openProgress } from './output/progress.ts';

/** Runs the command line of this process and ends it: an open handle of a library must not keep it alive. */
export async function start(): Promise<void> {
  const host: Host = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: () => process.cwd(),
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    events: process,
    exit: (code) => process.exit(code),
  };
  process.once('beforeExit', () => {
    process.exitCode = tellUnanswered(host);
  });
  process.exitCode = await main(host);
  process.exit();
}

/** Nothing is left that a command could wait for, and it has not ended: a mistake of ours, and no success. @returns the exit code. */
export function tellUnanswered(host: Host): number {
  const { verb = 'stackctl', json } = readCommandLine(host.argv, COMMANDS);
  const error = new StackctlError(
    'E_INTERNAL',
    `${verb} ended without an answer: it waits for something that will not come`,
    {
      hint: 'What it did before stands. stackctl status shows what runs; the same command again may go on. Please report it.',
    },
  );
  const answer = { type: 'none', exitCode: error.exitCode } as const;
  return printOutcome({ command: verb, answer, warnings: [], error }, screenOf(host, json));
}

/** Runs one command line. Resolves with the exit code after everything that was printed has been written out. */
export async function main(host: Host): Promise<number> {
  const line = readCommandLine(host.argv, COMMANDS);
  const screen = screenOf(host, line.json);
  const live = isLive(host, line.json);
  const progress = openProgress({ stderr: host.stderr, colour: screen.colour.stderr, live, json: line.json });
  const watch = watchHost(host, live);
  const outcome = await attempt({ host, line, progress, watch, screen });
  watch.stop();
  const exitCode = watch.readerIsGone() ? EXIT.ok : printOutcome(outcome, screen);
  if (outcome.error !== undefined && host.env.STACKCTL_DEBUG === '1') host.stderr.write(`${inspect(outcome.error)}\n`);
  const lost = await drain(host.stdout);
  await drain(host.stderr);
  return lost === undefined || systemCode(lost) === 'EPIPE' ? exitCode : reportLostOutput(host, lost, exitCode);
}

interface Attempt {
  readonly host: Host;
  readonly line: CommandLine;
  readonly progress: Progress;
  readonly watch: HostWatch;
  readonly screen: Screen;
}

async function attempt({ host, line, progress, watch, screen }: Attempt): Promise<Outcome> {
  const warnings: string[] = [];
  const emit: Emit = (event) => {
    if (event.type === 'warning') warnings.push(event.text);
    progress.emit(event);
  };
  const command = (line.verb === undefined ? undefined : findCommand(line.verb)?.name) ?? 'stackctl';
  try {
    const surroundings = {
      cwd: host.cwd(),
      env: host.env,
      stdin: host.stdin,
      stdout: host.stdout,
      stderr: host.stderr,
      print: (text: string) =>
        void host.stdout.write(`${screen.colour.stdout ? text : stripVTControlCharacters(text)}\n`),
      signal: watch.signal,
      isInteractive: () => isInteractive(host),
      progress: { ...progress, emit },
    };
    const { answer, failure } = await Promise.race([runLine(line, surroundings), watch.crash]);
    await progress.close();
    return { command, answer, warnings, error: failure };
  } catch (error) {
    const closing = await progress.close().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const explained = explainError(closing ?? error, watch.signal);
    return { command, answer: { type: 'none', exitCode: explained.exitCode }, warnings, error: explained };
  }
}

function reportLostOutput(host: Host, lost: Error, exitCode: number): number {
  host.stderr.write(`error: the output could not be written: ${lost.message}\n`);
  return exitCode === EXIT.ok ? EXIT.failed : exitCode;
}
