import { EXIT, StackctlError, systemCode } from '../errors.ts';
import { RUN_AGAIN } from './explain-error.ts';
import type { Host } from './host.ts';

export interface HostWatch {
  /** Aborts with a StackctlError (E_INTERRUPTED, E_TERMINATED) as its reason. */
  readonly signal: AbortSignal;
  /** Rejects with an error that no other code caught. */
  readonly crash: Promise<never>;
  /** Whether the program that read stdout has closed it, e.g. `| head`. */
  readonly readerIsGone: () => boolean;
  readonly stop: () => void;
}

/** The first signal aborts the command, which cleans up and ends; a SIGINT after that ends the process at once. */
export function watchHost(host: Host, live: boolean): HostWatch {
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
  const { crash, reject } = uncaught();
  for (const name of SIGNALS) host.events.on(name, onSignal);
  host.events.on('uncaughtException', reject);
  host.stdout.on('error', onStdoutError);
  // When stderr is gone, there is no place left to report it.
  host.stderr.on('error', ignore);
  const stop = () => {
    for (const name of SIGNALS) host.events.off(name, onSignal);
    host.events.off('uncaughtException', reject);
  };
  return { signal: abort.signal, crash, readerIsGone: () => readerIsGone, stop };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SHOW_CURSOR = '\u001b[?25h';

function uncaught(): { readonly crash: Promise<never>; readonly reject: (error: unknown) => void } {
  let reject: (error: unknown) => void = ignore;
  const crash = new Promise<never>((_, fail) => {
    reject = fail;
  });
  crash.catch(ignore);
  return { crash, reject };
}

function ignore(): undefined {
  return undefined;
}

function interrupted(): StackctlError {
  return new StackctlError('E_INTERRUPTED', 'interrupted', { hint: RUN_AGAIN });
}

function terminated(by: string): StackctlError {
  return new StackctlError('E_TERMINATED', `ended by ${by}`, { hint: RUN_AGAIN });
}
