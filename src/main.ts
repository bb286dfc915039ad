/**
 * argv and environment in, exit code out. The only file that knows the process, and the only one that catches
 * everything.
 */
import type { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { inspect, stripVTControlCharacters } from 'node:util';
import { type CommandLine, readCommandLine } from './commands/line/argv.ts';
import { runLine } from './commands/line/program.ts';
import { findCommand } from './commands/line/table.ts';
import { EXIT, StackctlError, systemCode } from './errors.ts';
import { drain } from './lib/drain.ts';
import type { Emit } from './lib/events.ts';
import { wantsColour } from './output/colour.ts';
import { type Outcome, printOutcome, type Screen } from './output/outcome.ts';
import { openProgress, type Progress } from './output/progress.ts';

/** What the program needs from the process, so that a test can be one. */
export interface Host {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: () => string;
  readonly stdin: () => Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Emits SIGINT, SIGTERM, SIGHUP and uncaughtException. */
  readonly events: EventEmitter;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** Called by bin/stackctl.js. Ends the process by itself: an open handle of a library must not keep it alive. */
export async function start(): Promise<void> {
  process.exitCode = await main({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: () => process.cwd(),
    stdin: () => process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    events: process,
    exit: (code) => process.exit(code),
  });
  process.exit();
}

/** Runs one command line. Resolves with the exit code after everything that was printed has been written out. */
export async function main(host: Host): Promise<number> {
  const line = readCommandLine(host.argv);
  const screen = screenOf(host, line.json);
  const live = isLive(host, line.json);
  const progress = openProgress({ stderr: host.stderr, colour: screen.colour.stderr, live });
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
    const explained = explain(closing ?? error, watch.signal);
    return { command, answer: { type: 'none', exitCode: explained.exitCode }, warnings, error: explained };
  }
}

interface HostWatch {
  readonly signal: AbortSignal;
  /** Rejects with an error that nobody caught. */
  readonly crash: Promise<never>;
  /** Whoever read stdout has closed it, e.g. `| head`. */
  readonly readerIsGone: () => boolean;
  readonly stop: () => void;
}

/** The first signal aborts the command, which cleans up and ends; a SIGINT after that ends the process at once. */
function watchHost(host: Host, live: boolean): HostWatch {
  const abort = new AbortController();
  let readerIsGone = false;
  const onSignal = (name: string) => {
    if (abort.signal.aborted && name === 'SIGINT') {
      if (live) host.stderr.write(SHOW_CURSOR);
      host.exit(EXIT.sigint);
    }
    abort.abort(name === 'SIGINT' ? interrupted() : terminated(name));
  };
  const onStdoutError = (error: Error) => {
    if (systemCode(error) !== 'EPIPE') return;
    readerIsGone = true;
    abort.abort(terminated('EPIPE'));
  };
  let reject: (error: unknown) => void = ignore;
  const crash = new Promise<never>((_, fail) => {
    reject = fail;
  });
  crash.catch(ignore);
  for (const name of SIGNALS) host.events.on(name, onSignal);
  host.events.on('uncaughtException', reject);
  host.stdout.on('error', onStdoutError);
  // There is nowhere left to tell that stderr is gone.
  host.stderr.on('error', ignore);
  const stop = () => {
    for (const name of SIGNALS) host.events.off(name, onSignal);
    host.events.off('uncaughtException', reject);
  };
  return { signal: abort.signal, crash, readerIsGone: () => readerIsGone, stop };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SHOW_CURSOR = '\u001b[?25h';

function ignore(): undefined {
  return undefined;
}

function interrupted(): StackctlError {
  return new StackctlError('E_INTERRUPTED', 'interrupted', { hint: AGAIN });
}

function terminated(by: string): StackctlError {
  return new StackctlError('E_TERMINATED', `ended by ${by}`, { hint: AGAIN });
}

const AGAIN = 'Run the same command again: it goes on from what is there.';

/** After a signal, whatever the command rejects with is the way in which it stopped. */
function explain(error: unknown, signal: AbortSignal): StackctlError {
  const reason: unknown = signal.reason;
  if (reason instanceof StackctlError) return error instanceof StackctlError ? alsoFailed(reason, error) : reason;
  if (error instanceof StackctlError) return error;
  return new StackctlError(
    'E_INTERNAL',
    `unexpected ${error instanceof Error ? `${error.name}: ${error.message}` : error}`,
    {
      hint: 'This is a defect of stackctl. Run the command again with STACKCTL_DEBUG=1 to see where it comes from.',
      cause: error,
    },
  );
}

/** Cleaning up after a signal can fail too; the exit code stays that of the signal. */
function alsoFailed(reason: StackctlError, error: StackctlError): StackctlError {
  if (error === reason || error.code === reason.code) return reason;
  return new StackctlError(reason.code, `${reason.message}\nwhile cleaning up: ${error.message}`, {
    hint: error.hint ?? AGAIN,
    details: error.details,
    cause: error,
  });
}

function screenOf({ env, stdout, stderr }: Host, json: boolean): Screen {
  const colour = {
    stdout: wantsColour({ env, isTty: stdout.isTTY === true }),
    stderr: wantsColour({ env, isTty: stderr.isTTY === true }),
  };
  return { stdout, stderr, json, colour };
}

/** listr2 draws nothing unless stdout is a terminal too, or on one that does not know its width (0 columns). */
function isLive({ env, stdout, stderr }: Host, json: boolean): boolean {
  const terminal = stdout.isTTY === true && stderr.isTTY === true && (stderr.columns ?? 0) > 20;
  return terminal && !isCi(env) && !json && env.TERM !== 'dumb';
}

function isInteractive({ env, stdin, stderr }: Host): boolean {
  return stderr.isTTY === true && !isCi(env) && stdin().isTTY === true;
}

function isCi(env: Host['env']): boolean {
  return env.CI !== undefined && env.CI !== '';
}

function reportLostOutput(host: Host, lost: Error, exitCode: number): number {
  host.stderr.write(`error: the output could not be written: ${lost.message}\n`);
  return exitCode === EXIT.ok ? EXIT.failed : exitCode;
}
