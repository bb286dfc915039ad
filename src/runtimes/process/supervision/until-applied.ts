import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { StackctlError } from '../../../errors.ts';
import { systemCode } from '../../../errors.ts';
import type { LockHolder } from '../../../lib/lock.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import { isFrozen } from '../../../lib/process-group.ts';
import { isAlive, type ProcessIdentity } from '../../../lib/process-identity.ts';
import { isWithin } from '../../../programs/supervisor/protocol/holder.ts';
import {
  type InstanceFolders,
  readRecord,
  readRunState,
} from '../../../programs/supervisor/protocol/instance-files.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { type SupervisedInput, supervisorFailure, supervisorKeeper, supervisorOf } from './supervisor.ts';

const CHECK_EVERY_MS = 5;
const CHECK_FIRST_MS = 1;

/**
 * Waits until the supervisor has acted on the records of these instances, waking it and starting one where there is none
 * (also when it dies half way).
 * @throws E_SUPERVISOR when it cannot be started or does not act in time (`withinMs`, or less by the signal's own deadline);
 * the signal's reason when that is another one.
 */
export async function untilApplied(
  input: SupervisedInput,
  instances: readonly InstanceFolders[],
  options: { readonly withinMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const begunMs = performance.now();
  const keepSupervised = supervisorKeeper(input, async () => !(await areApplied(instances)));
  await wake(input, await supervisorOf(input));
  const attempt = async (): Promise<true | undefined> => {
    if (await areApplied(instances)) return true;
    await keepSupervised();
    return undefined;
  };
  try {
    const signal = deadline(options.withinMs, options.signal);
    await poll(attempt, { everyMs: CHECK_EVERY_MS, firstMs: CHECK_FIRST_MS, signal });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw await notApplied(input, instances, performance.now() - begunMs);
  }
}

/** Waits until no supervisor works for the project: it ends by itself when no instance needs it. @throws E_SUPERVISOR */
export async function untilSupervisorEnded(input: RuntimeInput, withinMs: number): Promise<void> {
  const supervisor = await supervisorOf(input);
  if (supervisor === undefined) return;
  await wake(input, supervisor);
  try {
    const gone = async () => ((await isAtWork(input, supervisor)) ? undefined : true);
    await poll(gone, { everyMs: CHECK_EVERY_MS, signal: deadline(withinMs) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const message = `${nameOf(supervisor)} is still at work ${withinMs / 1000} s after its last server`;
    if (isFrozen(supervisor)) throw supervisorFailure(`${message}: it is frozen`, { hint: thaw(supervisor) });
    throw supervisorFailure(message, { hint: `Run \`stackctl down\` again. ${wayOut(supervisor)}` });
  }
}

async function areApplied(instances: readonly InstanceFolders[]): Promise<boolean> {
  for (const folders of instances) {
    const record = await readRecord(folders);
    if (record !== undefined && (await readRunState(folders)).applied !== record.revision) return false;
  }
  return true;
}

/** One within another program goes on living with that. */
async function isAtWork(input: RuntimeInput, supervisor: LockHolder): Promise<boolean> {
  if (!isWithin(supervisor)) return isAlive(supervisor);
  const now = await supervisorOf(input);
  return now?.pid === supervisor.pid && now.since === supervisor.since;
}

/** One within another program looks for itself, once a second; within this one it can be told. */
async function wake(input: RuntimeInput, supervisor: LockHolder | undefined): Promise<void> {
  input.ownSupervisor?.wake(input.paths);
  if (supervisor === undefined || isWithin(supervisor) || !isAlive(supervisor)) return;
  try {
    process.kill(supervisor.pid, 'SIGHUP');
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

async function notApplied(
  input: RuntimeInput,
  instances: readonly InstanceFolders[],
  waitedMs: number,
): Promise<StackctlError> {
  const late: string[] = [];
  for (const folders of instances) if (!(await areApplied([folders]))) late.push(folders.name);
  const supervisor = await supervisorOf(input);
  const log = join(input.paths.supervisor, 'supervisor.log');
  const frozen = supervisor !== undefined && isFrozen(supervisor);
  const who = `${nameOf(supervisor)}${frozen ? ' is frozen: it' : ''}`;
  return supervisorFailure(`${who} did not act on ${late.join(', ')} within ${(waitedMs / 1000).toFixed(1)} s`, {
    hint: frozen ? thaw(supervisor) : `Its log may say why: ${log}. ${wayOut(supervisor)}`,
    details: { log, instances: late },
  });
}

function nameOf(supervisor: LockHolder | undefined): string {
  if (supervisor === undefined || !isWithin(supervisor)) return `the supervisor (pid ${supervisor?.pid ?? 'none'})`;
  return `the supervisor, part of the program with pid ${supervisor.pid},`;
}

/** What a person may do about a supervisor that does not do its part. */
function wayOut(supervisor: LockHolder | undefined): string {
  if (supervisor === undefined) return 'The next command starts another one.';
  if (isWithin(supervisor)) return 'Once that program has ended, the next command starts another one.';
  return `Ending it is safe, no server ends with it, and the next command starts another one: kill ${supervisor.pid}`;
}

function thaw({ pid }: ProcessIdentity): string {
  return `A signal has stopped it. Let it go on, then run the command again: kill -CONT ${pid}`;
}
