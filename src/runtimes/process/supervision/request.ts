import { randomUUID } from 'node:crypto';

import { defined } from '../../../lib/defined.ts';
import {
  type InstanceFolders,
  recordOrUnreadable,
  writeRecord,
} from '../../../programs/supervisor/protocol/instance-files.ts';
import type { InstanceRecord, Launch, Wanted } from '../../../programs/supervisor/protocol/instance-record.ts';
import { hashOfLost } from '../../../programs/supervisor/protocol/recover.ts';
import type { FaultKind } from '../../../stack/contract/runtime-facts.ts';
import type { ExistingInstance } from '../existing.ts';

import type { SupervisedInput } from './supervisor.ts';
import { untilApplied } from './until-applied.ts';

/** Time that the supervisor gets besides a server's own grace time: for its start on a busy machine, and for signals. */
const SUPERVISOR_MS = 20_000;

export interface Request {
  readonly folders: InstanceFolders;
  readonly wanted: Wanted;
  readonly fault?: FaultKind;
  readonly launch: Launch;
  /** Grace time of the server that runs now, in case it has to be stopped first. */
  readonly stopGraceS: number;
}

export function requestFor({ folders, record }: ExistingInstance, wanted: Wanted, fault?: FaultKind): Request {
  const { launch } = record;
  return { folders, wanted, launch, stopGraceS: launch.stopGraceS, ...defined({ fault }) };
}

/**
 * Writes down what is wanted and returns when the supervisor has done it. When the command is interrupted in between,
 * the supervisor carries on, and a later command sees the result.
 * @throws E_SUPERVISOR, E_DISK_FULL, E_STATE_UNWRITABLE
 */
export async function request(
  input: SupervisedInput,
  requests: readonly Request[],
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  for (const { folders, wanted, fault, launch } of requests) {
    const adopts = await lostHash(folders);
    const record: InstanceRecord = {
      revision: randomUUID(),
      wanted,
      launch,
      ...defined({ fault, adopts }),
    };
    await writeRecord(folders, record);
  }
  const grace = Math.max(0, ...requests.map(({ stopGraceS }) => stopGraceS));
  const withinMs = grace * 1000 + SUPERVISOR_MS;
  await untilApplied(
    input,
    requests.map(({ folders }) => folders),
    { withinMs, ...defined({ signal }) },
  );
}

/** The record that is about to be replaced may be the only file that says with which configuration its server runs. */
async function lostHash(folders: InstanceFolders): Promise<string | undefined> {
  const before = await recordOrUnreadable(folders);
  return before === undefined || before === 'unreadable' ? undefined : hashOfLost(folders, before);
}
