import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';

const PROBE = '.stackctl-probe';

/** Whether nothing can be written into a folder because its file system is read-only, by an attempt. @throws other errors of it. */
export async function isReadOnly(folder: string): Promise<boolean> {
  const probe = join(folder, PROBE);
  try {
    await writeFile(probe, '');
    await rm(probe, { force: true });
    return false;
  } catch (error) {
    if (systemCode(error) === 'EROFS') return true;
    throw error;
  }
}
