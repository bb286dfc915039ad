import { constants } from 'node:fs';
import { copyFile, link, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorText, StackctlError, systemCode } from '../../errors.ts';
import { makeFolder, writeFileAtomic } from '../../lib/files.ts';
import type { ImportStep } from './plan.ts';

/**
 * Puts all files into the folder, or none of them: each is written whole beside the folder first, and an existing file is
 * never replaced. @throws E_STATE_UNWRITABLE, E_DISK_FULL; the folder is as it was then.
 */
export async function writeTarget(
  folder: string,
  steps: readonly Pick<ImportStep, 'target' | 'text'>[],
): Promise<void> {
  await makeFolder(folder);
  // Of a run that was killed, this is still there.
  const staging = join(dirname(folder), `.${basename(folder)}.import`);
  await rm(staging, { recursive: true, force: true });
  try {
    for (const { target, text } of steps) await writeFileAtomic(join(staging, target), text);
    await placeAll(
      staging,
      folder,
      steps.map(({ target }) => target),
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function placeAll(staging: string, folder: string, names: readonly string[]): Promise<void> {
  const placed: string[] = [];
  try {
    for (const name of names) {
      await place(join(staging, name), join(folder, name));
      placed.push(name);
    }
  } catch (error) {
    for (const name of placed) await rm(join(folder, name), { force: true });
    const path = join(folder, names[placed.length] ?? '');
    throw new StackctlError('E_STATE_UNWRITABLE', `cannot write ${path}: ${errorText(error)}`, {
      hint: 'No file was imported. Look at the folder and run the command again.',
      details: { file: path },
      cause: error,
    });
  }
}

/** Fails when there is a file already. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!WITHOUT_LINKS.includes(systemCode(error) ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** What file systems say that have no hard links. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'ENOSYS'];
