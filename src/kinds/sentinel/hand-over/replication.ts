import { parseInfo } from '../../../clients/redis/info.ts';
import type { Resyncs } from '../../../stack/contract/arbiter.ts';
import { named } from './link-error.ts';
import type { Link } from './links.ts';

/** What a server says about its replication (`INFO replication`). */
export interface Replication {
  readonly isMaster: boolean;
  /** Bytes of the replication stream that it has written (master) or applied (replica). */
  readonly offset: number;
  /** Replicas only: the link to its master is up. */
  readonly isLinked: boolean;
  /** Replicas only: 0 is never promoted, the lowest other number first. */
  readonly priority: number;
}

/** @throws LinkError. */
export async function replicationOf({ instance, client }: Link): Promise<Replication> {
  const info = parseInfo(await named(instance, client.info('replication')));
  const isMaster = info.get('role') === 'master';
  return {
    isMaster,
    offset: Number(info.get(isMaster ? 'master_repl_offset' : 'slave_repl_offset')),
    isLinked: info.get('master_link_status') === 'up',
    priority: Number(info.get('slave_priority') ?? 0),
  };
}

/** How replicas got in step with this server since it started. */
export async function resyncsOf({ instance, client }: Link): Promise<Resyncs> {
  return resyncsIn(await named(instance, client.info('stats')));
}

/** How replicas got in step with a server between two counts of its. */
export function resyncsBetween(before: Resyncs, after: Resyncs): Resyncs {
  return { full: after.full - before.full, partial: after.partial - before.partial };
}

/** @param stats what a server says to `INFO stats`. */
export function resyncsIn(stats: string): Resyncs {
  const info = parseInfo(stats);
  return { full: Number(info.get('sync_full')), partial: Number(info.get('sync_partial_ok')) };
}
