import { readFile } from 'node:fs/promises';
import { StackctlError, systemCode } from '../../errors.ts';
import { parseRenderedServices, type RenderedService } from '../../stack/derived/rendered-compose.ts';

/**
 * The services of the rendered file, which Compose will read. It may come from another version of stackctl, or from a time
 * when the stack had other numbers of instances.
 * @throws E_STATE_UNREADABLE
 */
export async function readRenderedServices(path: string): Promise<readonly RenderedService[]> {
  try {
    return parseRenderedServices(await readFile(path, 'utf8'));
  } catch (error) {
    throw new StackctlError('E_STATE_UNREADABLE', `cannot read ${path}: ${systemCode(error) ?? String(error)}`, {
      hint: 'Run `stackctl up` to render it again.',
      details: { file: path },
      cause: error,
    });
  }
}
