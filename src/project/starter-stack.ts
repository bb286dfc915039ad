/** A stack to begin with: examples/starter of the installed package, under a name of its own. */
import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StackctlError, systemCode } from '../errors.ts';
import { writeFileAtomic } from '../lib/files.ts';
import { NAME_PATTERN } from '../stack/source/names.ts';

/** What a build leaves behind in the folder of a program. */
const MADE = /(^|[/\\])(dist|node_modules)$/;

/**
 * Copies it into a folder that is not there yet, or empty. @param head lines before its stack.yaml.
 * @throws E_USAGE where there is something, or where the folder's name could not be that of a stack.
 */
export async function makeStarterStack(from: string, folder: string, head: string): Promise<void> {
  const name = basename(folder);
  if (!NAME_PATTERN.test(name)) {
    throw new StackctlError('E_USAGE', `a stack is named as its folder, and "${name}" cannot be its name`, {
      hint: 'Lower-case letters, digits and dashes, e.g. stackctl init --new ./my-stack',
    });
  }
  if ((await entriesOf(folder)).length > 0) {
    throw new StackctlError('E_USAGE', `${folder} is not empty`, {
      hint: 'Nothing was written. Name a folder that is not there yet.',
    });
  }
  await cp(from, folder, { recursive: true, filter: (source) => !MADE.test(source) });
  const file = join(folder, 'stack.yaml');
  const text = await readFile(file, 'utf8');
  await writeFileAtomic(file, `${head}\n${text.replace(/^stack: .*$/m, `stack: ${name}`)}`);
}

async function entriesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
