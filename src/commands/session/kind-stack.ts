import { StackctlError } from '../../errors.ts';
import { lookForProject } from '../../project/locate.ts';
import { isKindStack } from '../../stack/load/catalog.ts';
import type { SessionContext } from './context.ts';
import { namesOnRecord } from './instance-names.ts';
import { openInput } from './open.ts';
import type { Words } from './session.ts';

/**
 * For `up`: a first word that is the name of a kind means a stack of one server of it, unless the project of this folder
 * has a service of that name.
 */
export async function orKindStack(context: SessionContext, words: Words): Promise<Words> {
  const [first, ...rest] = words.rest;
  if (words.stackRef !== undefined || first === undefined) return words;
  if (!(await isKindStack(first, context.templatesFolder))) return words;
  return (await hasService(context, first)) ? words : { stackRef: first, rest };
}

async function hasService(context: SessionContext, name: string): Promise<boolean> {
  try {
    const located = await lookForProject(openInput(context, undefined, 'any'));
    if (located.missing !== undefined) return false;
    const { identity, record } = located;
    // One that a stackctl.yaml names and that was never up: its services are not known yet.
    if (record === undefined) return true;
    return namesOnRecord({ identity, record }).services.some((service) => service.name === name);
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_PROJECT_AMBIGUOUS') return false;
    throw error;
  }
}
