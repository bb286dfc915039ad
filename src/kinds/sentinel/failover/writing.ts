import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorText, StackctlError } from '../../../errors.ts';
import { defined } from '../../../lib/defined.ts';
import { packageRoot } from '../../../lib/package-root.ts';
import { killGroup } from '../../../lib/process-group.ts';
import {
  fromLine,
  monotonicMs,
  type SentRecord,
  type WriterMessage,
} from '../../../programs/failover-writer/protocol/plan.ts';
import type {
  ClientUnderTest,
  WorkloadStats,
  WriteRecord,
  Writing,
  WritingOptions,
} from '../../../stack/contract/failover.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { ownTitle } from './own-writer.ts';
import { planOf } from './writer-plan.ts';

const OPEN_MS = 5000;
/** Of a client: a virtual machine may have to start, or a compiler to run. */
const CLIENT_OPEN_MS = 60_000;
const END_MS = 2000;

/**
 * Starts the writer's process.
 * @throws E_NOT_READY when it finds no master within 5 s, E_CLIENT_FAILED when a client does not begin to write within a minute.
 */
export async function startWriting(input: FailoverInput, options: WritingOptions): Promise<Writing> {
  options.signal?.throwIfAborted();
  const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'failover-writer.js')], { stdio: 'pipe' });
  const ended = endOf(child);
  // Whoever waits for it hears of it; between two waits nobody does.
  ended.catch(() => undefined);
  const heard = listen(child, options);
  const plan = planOf(input, options);
  say(child, plan);
  const close = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => killAll(child, heard.group()), END_MS);
    await ended.catch(() => undefined);
    clearTimeout(timer);
  };
  try {
    const { discoveryMs, title } = await within(limitOf(options), Promise.race([heard.open, ended]));
    return {
      discoveryMs,
      title: title ?? ownTitle(options.client),
      shape: plan.shape,
      stop: (drainMs) => {
        say(child, { drainMs });
        return Promise.race([heard.stopped, ended]);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A writer that does not end by itself cannot end its client either. */
function killAll(child: ChildProcessWithoutNullStreams, group: number | undefined): void {
  child.kill('SIGKILL');
  if (group !== undefined) killGroup(group);
}

interface Heard {
  /** Processes of a client. */
  group(): number | undefined;
  readonly open: Promise<Opened>;
  readonly stopped: Promise<WorkloadStats>;
}

type Opened = Pick<Writing, 'discoveryMs' | 'title'>;

function listen({ stdout }: ChildProcessWithoutNullStreams, { onRecord, client }: WritingOptions): Heard {
  // Both clocks go equally fast and are never set: one difference is enough.
  const offset = performance.now() - monotonicMs();
  let group: number | undefined;
  let opened: (how: Opened | Promise<never>) => void = () => undefined;
  let ended: (stats: WorkloadStats) => void = () => undefined;
  createInterface({ input: stdout }).on('line', (line) => {
    const message = JSON.parse(line) as WriterMessage;
    if (message.type === 'started') group = message.group;
    else if (message.type === 'open') opened(message);
    else if (message.type === 'refused') opened(Promise.reject(clientFailed(client, message.problem)));
    else if (message.type === 'stopped') ended(toStats(message.stats, offset));
    else for (const line of message.records) onRecord(toRecord(fromLine(line), offset));
  });
  return {
    group: () => group,
    open: new Promise((resolve) => {
      opened = resolve;
    }),
    stopped: new Promise((resolve) => {
      ended = resolve;
    }),
  };
}

function toRecord({ value, intended, invoked, outcome }: SentRecord, offset: number): WriteRecord {
  const times = { value, intended: intended + offset, invoked: invoked + offset, completed: outcome.at + offset };
  return outcome.type === 'acked'
    ? {
        ...times,
        outcome: 'acked',
        ...defined({ node: outcome.node, answer: outcome.answer }),
        ...(outcome.noneAt !== undefined && { noneAt: outcome.noneAt + offset }),
      }
    : { ...times, outcome: outcome.type, error: outcome.error };
}

function toStats({ heard, ...stats }: WorkloadStats, offset: number): WorkloadStats {
  if (heard === undefined) return stats;
  const messages = heard.messages.map(({ value, at }) => ({ value, at: at + offset }));
  const away = heard.away.map(({ from, to }) => ({ from: from + offset, to: to + offset }));
  return { ...stats, heard: { messages, away } };
}

/** Rejects when the process ends: with what it has said last, or why it could not be started. */
async function endOf(child: ChildProcessWithoutNullStreams): Promise<never> {
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = `${said}${bytes}`.slice(-2000);
  });
  // What it does not take any more when it has ended.
  child.stdin.on('error', () => undefined);
  const how = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(errorText(error)));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  throw new StackctlError(
    'E_INTERNAL',
    `the process that writes has ended (${how})${said === '' ? '' : `: ${said.trim()}`}`,
  );
}

function say({ stdin }: ChildProcessWithoutNullStreams, message: object): void {
  stdin.write(`${JSON.stringify(message)}\n`);
}

/** How long a writer may take to begin. */
function limitOf({ client, signal }: WritingOptions) {
  if (client?.adapter === undefined) return { ms: OPEN_MS, signal, late: noMaster };
  const late = () => clientFailed(client, `it did not say within ${CLIENT_OPEN_MS / 1000} s that it is ready`);
  return { ms: CLIENT_OPEN_MS, signal, late };
}

function noMaster(): StackctlError {
  return new StackctlError('E_NOT_READY', `no master to write to was found within ${OPEN_MS / 1000} s`, {
    hint: 'Run: stackctl status',
  });
}

function clientFailed(client: ClientUnderTest | undefined, problem: string): StackctlError {
  return new StackctlError('E_CLIENT_FAILED', `the client ${client?.name} does not write: ${problem}`, {
    hint: 'No fault was injected in this run. docs/clients.md says what a client is told, and what it has to answer.',
  });
}

async function within<T>(
  {
    ms,
    signal,
    late,
  }: { readonly ms: number; readonly signal: AbortSignal | undefined; readonly late: () => StackctlError },
  work: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abort: () => void = () => undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
    abort = () => reject(signal?.reason);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
