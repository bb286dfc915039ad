import { StackctlError } from '../../errors.ts';
import {
  foldersOf,
  type InstanceFolders,
  listFolders,
  readRecord,
  recordOrUnreadable,
} from '../../programs/supervisor/protocol/instance-files.ts';
import type { InstanceRecord } from '../../programs/supervisor/protocol/instance-record.ts';
import type { RuntimeInput } from '../../stack/contract/runtime.ts';

export interface ExistingInstance {
  readonly folders: InstanceFolders;
  readonly record: InstanceRecord;
}

/** An instance that was started and not removed. @throws E_INSTANCE_NOT_FOUND naming those that there are; E_STATE_UNREADABLE. */
export async function existing(input: RuntimeInput, name: string): Promise<ExistingInstance> {
  const folders = foldersOf(input.paths.instances, name);
  const record = await readRecord(folders);
  if (record !== undefined) return { folders, record };
  const names: string[] = [];
  for (const other of await listFolders(input.paths.instances)) {
    if ((await recordOrUnreadable(other)) !== undefined) names.push(other.name);
  }
  throw new StackctlError('E_INSTANCE_NOT_FOUND', `there is no instance named ${name}`, {
    hint: names.length === 0 ? 'Nothing was started: stackctl up' : `There are: ${names.join(', ')}`,
    details: { instance: name, instances: names },
  });
}
