import { rm } from 'node:fs/promises';
import { down } from '../../lifecycle/down.ts';
import { registryFolder, removeProject } from '../../project/registry.ts';
import type { DataItem } from '../../stack/contract/runtime.ts';
import { confirmedDeletion } from './confirm-deletion.ts';
import type { SessionContext } from './context.ts';
import { stopLimit } from './stop-limit.ts';

export interface Cleaned {
  readonly project: string;
  readonly deleted: readonly DataItem[];
  /** The project's own folder, which is gone. */
  readonly folder: string;
}

/** Ends a project and deletes all of it: instances, data, folder, registry entry. Asks first where there is data. */
export function cleanProject(context: SessionContext, stackRef: string | undefined): Promise<Cleaned> {
  return confirmedDeletion({
    context,
    stackRef,
    verb: 'clean',
    aside: true,
    act: async (session, others, deleted) => {
      const { identity, paths } = session;
      await down(session, { volumes: true, others, ...stopLimit(context) });
      await removeProject(registryFolder(context.env), identity.id);
      await rm(paths.root, { recursive: true, force: true });
      return { project: identity.name, deleted, folder: paths.root };
    },
  });
}
