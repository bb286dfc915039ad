import { StackctlError } from '../../../errors.ts';
import { isTimeout, poll } from '../../../lib/poll.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import type { SentinelOptions } from '../options.ts';
import { onServer } from './links.ts';
import { type Replication, replicationOf } from './replication.ts';

type Input = ServiceInput<SentinelOptions>;

/** While writes are paused: every candidate has all of them. @throws E_NOT_READY when that is not so before `signal` aborts. */
export async function untilCaughtUp(
  input: Input,
  from: Instance,
  candidates: readonly Instance[],
  signal: AbortSignal,
): Promise<void> {
  await poll(() => caughtUp(input, from, candidates, 0), { everyMs: 20, signal }).catch((error) => {
    throw isTimeout(error) ? tooFarBehind(from) : error;
  });
}

/** Whether every candidate is a replica that has all but `lagBytes` of what the master has written. */
export async function caughtUp(
  input: Input,
  from: Instance,
  candidates: readonly Instance[],
  lagBytes: number,
): Promise<true | undefined> {
  const { written, replicas } = await progress(input, from, candidates);
  const ready = replicas.every(({ isLinked, offset }) => isLinked && offset >= written - lagBytes);
  return replicas.length > 0 && ready ? true : undefined;
}

/** Whether every candidate is as far as this server, whatever the roles and links are. */
export async function haveAll(input: Input, from: Instance, candidates: readonly Instance[]): Promise<boolean> {
  const { written, replicas } = await progress(input, from, candidates);
  return replicas.every(({ offset }) => offset >= written);
}

/** The others are asked after the first: what they have by then counts. */
async function progress(input: Input, from: Instance, candidates: readonly Instance[]) {
  const { offset: written } = await replication(input, from);
  return { written, replicas: await Promise.all(candidates.map((instance) => replication(input, instance))) };
}

function replication(input: Input, instance: Instance): Promise<Replication> {
  return onServer(input, instance, (client) => replicationOf({ instance, client }));
}

export function tooFarBehind(from: Instance): StackctlError {
  return new StackctlError('E_NOT_READY', `no hand-over: the replicas do not catch up with ${from.name}`, {
    hint: 'Nothing was changed. See their lag with `stackctl status`, and try again with less load.',
  });
}
