/** How programs on this machine reach the services of a project. */
import { join } from 'node:path';
import { EXIT, StackctlError } from '../../errors.ts';
import { findPrimaries } from '../../lifecycle/primaries.ts';
import { projectPaths } from '../../project/paths.ts';
import type { Service, Stack } from '../../stack/contract/model.ts';
import { clientVariables, type Variables } from '../../stack/derived/client-variables.ts';
import { environmentOf } from '../../stack/derived/environment.ts';
import type { SessionContext } from './context.ts';
import { open } from './open.ts';
import { withRuntime } from './record-session.ts';

/** The stack with the primary of this moment, which after a failover is not the recorded one. */
export async function currentStack(context: SessionContext, stackRef: string | undefined): Promise<Stack> {
  const { identity, paths, record, stack } = await open(context, stackRef, 'existing');
  if (record === undefined || record.state === 'down') return stack;
  try {
    return await withRuntime(context, { identity, paths, record }, async ({ runtime, signal }) => {
      return { ...stack, primaries: { ...stack.primaries, ...(await findPrimaries(stack, runtime, signal)) } };
    });
  } catch (error) {
    if (!(error instanceof StackctlError && error.exitCode === EXIT.runtimeMissing)) throw error;
    context.emit({ type: 'warning', text: `${error.message}: addresses are those on record` });
    return stack;
  }
}

/** The variables of these services; for one alone also those of its own program. */
export function allVariables(stack: Stack, services: readonly Service[]): Variables {
  const each = clientVariables(stack, services, (service) => variablesOf(stack, service, services.length === 1));
  return Object.assign({}, ...each.map(({ variables }) => variables));
}

/** The variables with which a client reaches the service. For one service alone also those of its own program, for a
 * user who starts that program by hand. */
function variablesOf(stack: Stack, service: Service, alone: boolean): Variables {
  const reach = service.kind.clientEnv?.({ stack, service }) ?? {};
  if (!alone || service.kind.runsStackPrograms !== true) return reach;
  return {
    ...reach,
    ...configFolder(stack, service),
    ...Object.fromEntries(environmentOf(stack, service, undefined, 'client')),
  };
}

/** Where a program that reads rendered files finds them. */
function configFolder({ project }: Stack, { config, instances: [first] }: Service): Readonly<Record<string, string>> {
  if (config.length === 0 || first === undefined) return {};
  return { STACKCTL_CONFIG: join(projectPaths(project.folder, project.name).rendered, first.name) };
}

/** @param word name of a service; undefined: all of them. @throws E_INSTANCE_NOT_FOUND */
export function chosenServices(stack: Stack, word: string | undefined): readonly Service[] {
  if (word === undefined) return stack.services;
  const service = stack.services.find(({ name }) => name === word);
  if (service !== undefined) return [service];
  throw new StackctlError('E_INSTANCE_NOT_FOUND', `the project ${stack.project.name} has no service "${word}"`, {
    hint: `Its services: ${stack.services.map(({ name }) => name).join(', ')}.`,
  });
}
