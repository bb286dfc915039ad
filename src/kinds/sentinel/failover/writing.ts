import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorText, StackctlError } from '../../../errors.ts';
import { packageRoot } from '../../../lib/package-root.ts';
import {
  monotonicMs,
  type SentRecord,
  type WriterMessage,
  type WriterPlan,
} from '../../../programs/failover-writer/protocol/plan.ts';
import type { WorkloadStats, WriteRecord, Writing, WritingOptions } from '../../../stack/contract/failover.ts';
import { formatAddress, type Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { groupName, members, memberTarget, sentinelTarget } from '../group.ts';
import { KEY_LIFETIME_S, keyOf } from './key.ts';

const OPEN_MS = 5000;
const END_MS = 2000;

/** Starts the writer's process. @throws E_NOT_READY when it finds no master within 5 s. */
export async function startWriting(input: FailoverInput, options: WritingOptions): Promise<Writing> {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist', 'failover-writer.js')], { stdio: 'pipe' });
  const ended = endOf(child);
  // Whoever waits for it hears of it; between two waits nobody does.
  ended.catch(() => undefined);
  const heard = listen(child, options.onRecord);
  say(child, planOf(input, options));
  const close = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended.catch(() => undefined);
    clearTimeout(timer);
  };
  try {
    const discoveryMs = await within(OPEN_MS, Promise.race([heard.open, ended]));
    return {
      discoveryMs,
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

/** What the writer's process is told first. */
export function planOf(
  input: FailoverInput,
  { runId, ratePerS }: Pick<WritingOptions, 'runId' | 'ratePerS'>,
): WriterPlan {
  const reachable = ({ name, client }: Instance) => ({ name, ...client });
  const [sentinel] = input.service.instances;
  const [member] = members(input);
  return {
    group: groupName(input),
    sentinels: input.service.instances.map(reachable),
    sentinelPassword: sentinel && sentinelTarget(input, sentinel, OPEN_MS).password?.reveal(),
    members: members(input).map((instance) => ({ ...reachable(instance), peer: formatAddress(instance.peer) })),
    password: member && memberTarget(input, member, OPEN_MS).password?.reveal(),
    key: keyOf(runId),
    lifetimeS: KEY_LIFETIME_S,
    ratePerS,
  };
}

interface Heard {
  /** How often it asks for the master while it has none. */
  readonly open: Promise<number>;
  readonly stopped: Promise<WorkloadStats>;
}

function listen({ stdout }: ChildProcessWithoutNullStreams, onRecord: (record: WriteRecord) => void): Heard {
  // Both clocks go equally fast and are never set: one difference is enough.
  const offset = performance.now() - monotonicMs();
  let opened: (discoveryMs: number) => void = () => undefined;
  let ended: (stats: WorkloadStats) => void = () => undefined;
  createInterface({ input: stdout }).on('line', (line) => {
    const message = JSON.parse(line) as WriterMessage;
    if (message.type === 'open') opened(message.discoveryMs);
    else if (message.type === 'stopped') ended(message.stats);
    else for (const record of message.records) onRecord(toRecord(record, offset));
  });
  return {
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
        node: outcome.node,
        ...(outcome.noneAt !== undefined && { noneAt: outcome.noneAt + offset }),
      }
    : { ...times, outcome: outcome.type, error: outcome.error };
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

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new StackctlError('E_NOT_READY', `no master to write to was found within ${ms / 1000} s`, {
      hint: 'Run: stackctl status',
    });
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
