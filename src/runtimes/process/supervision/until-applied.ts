import { join } from 'node:path';
import type { StackctlError } from '../../../errors.ts';
import { systemCode } from '../../../errors.ts';
import { deadline, isTimeout, poll } from '../../../lib/poll.ts';
import { isFrozen } from '../../../lib/process-group.ts';
import { isAlive, type ProcessIdentity } from '../../../lib/process-identity.ts';
import {
  type InstanceFolders,
  readRecord,
  readRunState,
} from '../../../programs/supervisor/protocol/instance-files.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { type SupervisedInput, supervisorFailure, supervisorKeeper, supervisorOf } from './supervisor.ts';

const CHECK_EVERY_MS = 5;

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
  await wake(await supervisorOf(input));
  const attempt = async (): Promise<true | undefined> => {
    if (await areApplied(instances)) return true;
    await keepSupervised();
    return undefined;
  };
  try {
    await poll(attempt, { everyMs: CHECK_EVERY_MS, signal: deadline(options.withinMs, options.signal) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw await notApplied(input, instances, performance.now() - begunMs);
  }
}

/** Waits until the supervisor is gone; it ends by itself when no instance needs it. @throws E_SUPERVISOR */
export async function untilSupervisorEnded(input: RuntimeInput, withinMs: number): Promise<void> {
  const supervisor = await supervisorOf(input);
  if (supervisor === undefined) return;
  await wake(supervisor);
  try {
    const gone = () => (isAlive(supervisor) ? undefined : true);
    await poll(gone, { everyMs: CHECK_EVERY_MS, signal: deadline(withinMs) });
  } catch (error) {
    if (!isTimeout(error)) throw error;
    const message = `the supervisor (pid ${supervisor.pid}) is still there ${withinMs / 1000} s after its last server`;
    if (isFrozen(supervisor)) throw supervisorFailure(`${message}: it is frozen`, { hint: thaw(supervisor) });
    throw supervisorFailure(message, {
      hint: `Run \`stackctl down\` again. Ending it is safe, no server ends with it: kill ${supervisor.pid}`,
    });
  }
}

async function areApplied(instances: readonly InstanceFolders[]): Promise<boolean> {
  for (const folders of instances) {
    const record = await readRecord(folders);
    if (record !== undefined && (await readRunState(folders)).applied !== record.revision) return false;
  }
  return true;
}

async function wake(supervisor: ProcessIdentity | undefined): Promise<void> {
  if (supervisor === undefined || !isAlive(supervisor)) return;
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
  const who = `the supervisor (pid ${supervisor?.pid ?? 'none'})${frozen ? ' is frozen: it' : ''}`;
  return supervisorFailure(`${who} did not act on ${late.join(', ')} within ${(waitedMs / 1000).toFixed(1)} s`, {
    hint: frozen
      ? thaw(supervisor)
      : `Its log may say why: ${log}. Ending it is safe, the next command starts another.`,
    details: { log, instances: late },
  });
}

function thaw({ pid }: ProcessIdentity): string {
  return `A signal has stopped it. Let it go on, then run the command again: kill -CONT ${pid}`;
}
