/** Where the project of a stack lies, and which stack is meant. */
import { randomBytes } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StackctlError } from '../errors.ts';
import { builtInStacks, hasStack } from '../stack/load/catalog.ts';
import type { GivenOptions } from './given-options.ts';

export interface Place {
  /** Absolute and real. */
  readonly folder: string;
  readonly temporary: boolean;
}

/**
 * A temporary folder is not there yet: noted as owned before it is made, it is never left behind by a process that is killed.
 * @throws E_USAGE where data is to be kept in a folder that nobody would find again.
 */
export async function makePlace({ folder, keep, cwd }: GivenOptions): Promise<Place> {
  if (folder === undefined) {
    if (keep === true) {
      throw new StackctlError('E_USAGE', 'what is kept needs a folder', {
        hint: "Name one: up(stack, { keep: true, folder: '.test' })",
      });
    }
    const name = `stackctl-${randomBytes(6).toString('hex')}`;
    return { folder: join(await realpath(tmpdir()), name), temporary: true };
  }
  const path = resolve(cwd, folder);
  await mkdir(path, { recursive: true });
  return { folder: await realpath(path), temporary: false };
}

/** Makes a temporary folder: for this user alone, and never one that somebody else has put there. */
export async function preparePlace({ folder, temporary }: Place): Promise<void> {
  if (temporary) await mkdir(folder, { mode: 0o700 });
}

export async function removePlace({ folder, temporary }: Place): Promise<void> {
  if (temporary) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** What a project in another folder takes for the same stack: a name as it is, a path from the root on. */
export async function stackFrom(stack: string, { cwd }: GivenOptions, templatesFolder: string): Promise<string> {
  if ((await builtInStacks(templatesFolder)).includes(stack)) return stack;
  const path = resolve(cwd, stack);
  return /[/\\]/.test(stack) || (await hasStack(path)) ? path : stack;
}
