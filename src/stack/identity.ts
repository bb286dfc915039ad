import { createHash } from 'node:crypto';
import { StackctlError } from '../errors.ts';
import type { ProjectIdentity } from './model.ts';
import { NAME_PATTERN, NAME_RULE } from './names.ts';

/**
 * @param folder the real path of the project's folder: two ways to the same folder are the same project.
 * @throws E_USAGE for a name that cannot become a DNS name or a folder.
 */
export function identityOf(name: string, folder: string): ProjectIdentity {
  if (!NAME_PATTERN.test(name)) {
    throw new StackctlError('E_USAGE', `"${name}" cannot be a project name: it ${NAME_RULE}`, {
      hint: 'Choose another one with --project, STACKCTL_PROJECT or "name:" in stackctl.yaml.',
      details: { name },
    });
  }
  return { name, id: `${name}-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`, folder };
}
