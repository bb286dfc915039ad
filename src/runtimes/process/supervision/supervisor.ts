import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackctlError } from '../../../errors.ts';
import { readJsonIfThere } from '../../../lib/files.ts';
import type { LockHolder } from '../../../lib/lock.ts';
import { isAlive } from '../../../lib/process-identity.ts';
import { EXPECTS } from '../../../programs/supervisor/protocol/expects.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { spawnSupervisor } from './spawn-supervisor.ts';

const START_ATTEMPTS = 3;

export interface SupervisedInput extends RuntimeInput {
  readonly early?: EarlySupervisor;
}

/** A supervisor that is started before it has anything to do, so that it is ready when it has. */
export interface EarlySupervisor {
  start(): Promise<void>;
  /** The one that was started, for whoever has work for it now; from here on it ends by itself. Undefined: none was. */
  taken(): ChildProcess | undefined;
  /** Ends one that nobody has taken. */
  end(): Promise<void>;
}

export function earlySupervisor(input: RuntimeInput): EarlySupervisor {
  let child: ChildProcess | undefined;
  return {
    start: async () => {
      if (input.ownSupervisor !== undefined) return;
      if (child === undefined && (await supervisorOf(input)) === undefined)
        child = await spawnSupervisor(input, EXPECTS);
    },
    taken: () => {
      const one = child;
      child = undefined;
      return one;
    },
    end: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      // Nothing else may keep this process alive until then.
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The supervisor that works for this project now, if one does. */
export async function supervisorOf(input: RuntimeInput): Promise<LockHolder | undefined> {
  const holder = (await readJsonIfThere(join(input.paths.supervisor, 'lock'))) as LockHolder | undefined;
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/**
 * Returns a function that starts a supervisor when none runs or is about to run. It throws E_SUPERVISOR when several of them,
 * one after the other, have ended at once.
 * @param isNeeded asked when no supervisor runs. It may have ended because all is done: another one, started for nothing,
 * would outlive a `down`.
 */
export function supervisorKeeper(input: SupervisedInput, isNeeded: () => Promise<boolean>): () => Promise<void> {
  let child = input.early?.taken();
  let attempts = 0;
  return async () => {
    if ((await supervisorOf(input)) !== undefined) {
      attempts = 0;
      return;
    }
    if (child !== undefined && child.exitCode === null && child.signalCode === null) return;
    if (!(await isNeeded())) return;
    if (++attempts > START_ATTEMPTS) throw await notStarted(input);
    if (input.ownSupervisor === undefined) child = await spawnSupervisor(input);
    // Another process may need longer than a few looks to take over from a supervisor that was killed.
    else if (!(await input.ownSupervisor.begin(input.paths))) attempts--;
  };
}

async function notStarted(input: RuntimeInput): Promise<StackctlError> {
  const log = join(input.paths.supervisor, 'supervisor.log');
  const text = await readFile(log, 'utf8').catch(() => '');
  const lines = text.trimEnd().split('\n').slice(-20);
  return supervisorFailure(
    `the supervisor ended ${START_ATTEMPTS} times before it could work: ${lines.at(-1) ?? 'no reason known'}`,
    {
      hint: `Its log says why: ${log}`,
      details: { log, logLines: lines },
    },
  );
}

/** An error of the supervisor as a process: it does not start, act or end. */
export function supervisorFailure(
  message: string,
  parts: ConstructorParameters<typeof StackctlError>[2],
): StackctlError {
  return new StackctlError('E_SUPERVISOR', message, parts);
}
