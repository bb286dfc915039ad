import type { ZodType } from 'zod';
import { createLog, type Log } from './log.ts';
import { type CommonSettings, type Environment, readSettings, type SettingProblem } from './settings.ts';
import { type Stoppable, stopAll } from './shutdown.ts';

/** Exit codes: 0 ended in order, 1 failed, 2 wrong settings, 128 + n cut short by a second signal. */
const EXIT_FAILED = 1;
const EXIT_SETTINGS = 2;
const EXIT_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

/** What a program uses of `process`. */
export interface Host {
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exit(code: number): unknown;
  on(event: string, listener: (...values: never[]) => void): unknown;
}

export interface ServiceContext<Settings> {
  readonly settings: Settings;
  readonly log: Log;
  /**
   * Aborts at the first SIGTERM or SIGINT, whose name is the reason, so that a long wait for a dependency at the start
   * can be given up.
   */
  readonly stopping: AbortSignal;
}

export interface Service<Settings extends CommonSettings> {
  readonly name: string;
  readonly settings: ZodType<Settings>;
  /** Starts everything and returns it in the order in which it has to stop: first what accepts requests. */
  start(context: ServiceContext<Settings>): Promise<readonly Stoppable[]>;
}

/**
 * Runs a service from its settings to its end: SIGTERM or SIGINT stops it in order and within SHUTDOWN_TIMEOUT_MS, a
 * second one ends it at once. Wrong settings are one line on stderr that names every variable, never a value.
 * @param host Node's `process`.
 */
export async function runService<Settings extends CommonSettings>(
  host: Host,
  service: Service<Settings>,
): Promise<void> {
  const { settings, problems } = readSettings(service.settings, host.env);
  if (settings === undefined) return refuse(host, service.name, problems);
  const log = createLog({
    level: settings.LOG_LEVEL,
    write: (line) => void host.stdout.write(line),
    fields: { service: service.name },
  });
  const stopping = new AbortController();
  const fail = (message: string) => (error: unknown) => {
    log.error(message, { error });
    host.exit(EXIT_FAILED);
  };
  host.on('uncaughtException', fail('failed'));
  host.on('unhandledRejection', fail('failed'));
  const started = service.start({ settings, log, stopping: stopping.signal });
  const end = async (signal: keyof typeof EXIT_SIGNAL) => {
    if (stopping.signal.aborted) return void host.exit(EXIT_SIGNAL[signal]);
    log.info('stopping', { signal });
    stopping.abort(signal);
    const all = await stopAll(
      started.catch(() => []),
      settings.SHUTDOWN_TIMEOUT_MS,
      log,
    );
    log.info('stopped', { complete: all });
    host.exit(all ? 0 : EXIT_FAILED);
  };
  host.on('SIGTERM', () => void end('SIGTERM'));
  host.on('SIGINT', () => void end('SIGINT'));
  await started.then(
    () => log.info('started'),
    (error) => (stopping.signal.aborted ? undefined : fail('could not start')(error)),
  );
}

function refuse(host: Host, service: string, variables: readonly SettingProblem[]): void {
  const log = createLog({ level: 'error', write: (line) => void host.stderr.write(line), fields: { service } });
  log.error('wrong settings in the environment', { variables });
  host.exit(EXIT_SETTINGS);
}
