import { StackctlError } from '../errors.ts';
import { sha256 } from '../lib/sha256.ts';
import type { ProjectIdentity } from '../stack/contract/model.ts';
import { NAME_PATTERN, NAME_RULE } from '../stack/source/names.ts';

/**
 * @param round counts up while the id is another project's, see `newIdentity`.
 * @param folder the real path of the project's folder: two ways to the same folder are the same project.
 * @throws E_USAGE for a name that cannot become a DNS name or a folder.
 */
export function identityOf(name: string, folder: string, round = 0): ProjectIdentity {
  if (!NAME_PATTERN.test(name)) {
    throw new StackctlError('E_USAGE', `"${name}" cannot be a project name: it ${NAME_RULE}`, {
      hint: 'Choose another one with --project, STACKCTL_PROJECT or "name:" in stackctl.yaml.',
      details: { name },
    });
  }
  const seed = round === 0 ? folder : `${folder}\0${round}`;
  return { name, id: `${name}-${sha256(seed).slice(0, 6)}`, folder };
}
