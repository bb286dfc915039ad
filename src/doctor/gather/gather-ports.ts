import { StackctlError } from '../../errors.ts';
import { projectsThatAreUp } from '../../lifecycle/allocate.ts';
import { reservedPorts } from '../../project/registry.ts';
import type { PortOwner, ProjectName } from '../../stack/ports/ports.ts';
import type { PortFact } from '../facts.ts';
import type { DoctorProject, Machine } from '../scope.ts';

/** Every port that the project has or would ask for, and who has it now. */
export async function gatherPorts(project: DoctorProject, machine: Machine): Promise<readonly PortFact[]> {
  const reserved = reservedPorts(await projectsThatAreUp(machine.registry), project.identity.id);
  const running = await runningInstances(project, machine);
  return Promise.all(
    project.wishes.map(async ({ instance, name, wanted }): Promise<PortFact> => {
      const port = project.ports[instance]?.[name] ?? wanted;
      const owner = await ownerOf(port, reserved, machine);
      const isOwn = owner?.type === 'stranger' && running.has(instance);
      return { port, instance, owner: isOwn ? { type: 'own' } : owner };
    }),
  );
}

async function ownerOf(
  port: number,
  reserved: ReadonlyMap<number, ProjectName>,
  { lookUp }: Machine,
): Promise<PortOwner | undefined> {
  const project = reserved.get(port);
  const holder = await lookUp(port);
  if (project !== undefined) return { type: 'project', ...project, holder };
  return holder === undefined ? undefined : { type: 'stranger', ...holder };
}

/** Names of the project's own instances that run; none when its runtime cannot be asked. */
async function runningInstances(
  { identity, paths, upWith }: DoctorProject,
  { plugins, env }: Machine,
): Promise<ReadonlySet<string>> {
  if (upWith === undefined) return new Set();
  try {
    const runtime = await (await plugins.loadRuntime(upWith)).open({ projectId: identity.id, paths, env });
    try {
      const observed = await runtime.observe();
      return new Set(observed.filter(({ state }) => state === 'running' || state === 'paused').map(({ name }) => name));
    } finally {
      await runtime.close();
    }
  } catch (error) {
    // The Engine is gone: the checks of the runtime say so.
    if (error instanceof StackctlError) return new Set();
    throw error;
  }
}
