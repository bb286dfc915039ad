import type { BringUpInput } from '../../lifecycle/bring-up.ts';
import type { OpenedProject } from '../../project/open.ts';
import { registryFolder } from '../../project/registry.ts';
import type { SessionContext } from './context.ts';
import { migrations } from './migrations.ts';

/** As `up` without any flag. */
export function bringUpInput(context: SessionContext, project: OpenedProject): BringUpInput {
  const { env, ownSupervisor, global, emit, signal } = context;
  return {
    project,
    counts: {},
    services: [],
    portMode: 'default',
    portsFrom: undefined,
    dryRun: false,
    build: { rebuild: new Set(), cache: true },
    migrations: migrations(context, project.paths),
    env,
    ownSupervisor,
    timeoutMs: global.timeoutMs,
    whileRolling: (_stack, _names, roll) => roll(),
    registry: registryFolder(env),
    command: 'stackctl up',
    now: () => new Date(),
    emit,
    signal,
  };
}
