/** Views that INFO alone fills, a row for each server. */
import { versionIn } from '../../../../clients/redis/info.ts';
import type { InspectCell, InspectResult } from '../../../../stack/contract/inspect.ts';
import { formatAddress } from '../../../../stack/contract/model.ts';
import { askEach, type Info, type Input, infoOf, numberIn, roleIn } from './servers.ts';

type Columns = Readonly<Record<string, (info: Info) => InspectCell>>;

export function overview(input: Input, signal: AbortSignal): Promise<InspectResult> {
  return table(input, signal, {
    role: roleIn,
    version: (info) => versionIn(info) ?? null,
    uptimeS: (info) => numberIn(info, 'uptime_in_seconds'),
    keys: keyCount,
    clients: (info) => numberIn(info, 'connected_clients'),
    commandsPerS: (info) => numberIn(info, 'instantaneous_ops_per_sec'),
    hitShare,
    expiredKeys: (info) => numberIn(info, 'expired_keys'),
  });
}

export function memory(input: Input, signal: AbortSignal): Promise<InspectResult> {
  return table(input, signal, {
    usedBytes: (info) => numberIn(info, 'used_memory'),
    peakBytes: (info) => numberIn(info, 'used_memory_peak'),
    residentBytes: (info) => numberIn(info, 'used_memory_rss'),
    /** Null: no limit. */
    limitBytes: (info) => numberIn(info, 'maxmemory') || null,
    policy: (info) => info.get('maxmemory_policy') ?? null,
    evictedKeys: (info) => numberIn(info, 'evicted_keys'),
    fragmentation: (info) => numberIn(info, 'mem_fragmentation_ratio'),
  });
}

export function persistence(input: Input, signal: AbortSignal): Promise<InspectResult> {
  return table(input, signal, {
    appendOnly: (info) => info.get('aof_enabled') === '1',
    appendOnlyOk: (info) => info.get('aof_last_write_status') !== 'err',
    appendOnlyBytes: (info) => numberIn(info, 'aof_current_size'),
    snapshotOk: (info) => info.get('rdb_last_bgsave_status') !== 'err',
    snapshotAt: (info) => instant(numberIn(info, 'rdb_last_save_time')),
    changesSinceSnapshot: (info) => numberIn(info, 'rdb_changes_since_last_save'),
    loading: (info) => info.get('loading') === '1',
  });
}

export async function replication(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const { answers, notes } = await askEach(input, signal, (client) => infoOf(client));
  const offsets = new Map(
    answers
      .filter(({ answer }) => roleIn(answer) === 'master')
      .map(({ instance, answer }) => [formatAddress(instance.peer), numberIn(answer, 'master_repl_offset')]),
  );
  const rows = answers.map(({ instance, answer }): readonly InspectCell[] => {
    const isReplica = roleIn(answer) === 'replica';
    const master = isReplica ? `${answer.get('master_host')}:${answer.get('master_port')}` : null;
    const offset = numberIn(answer, isReplica ? 'slave_repl_offset' : 'master_repl_offset');
    const ahead = master === null ? undefined : offsets.get(master);
    return [
      instance.name,
      roleIn(answer),
      master,
      isReplica ? answer.get('master_link_status') === 'up' : null,
      isReplica ? null : numberIn(answer, 'connected_slaves'),
      offset,
      // The master was asked a little before or after, so that the difference may be negative.
      ahead === undefined || ahead === null || offset === null ? null : Math.max(0, ahead - offset),
    ];
  });
  return { columns: ['instance', 'role', 'master', 'linkUp', 'replicas', 'offset', 'lagBytes'], rows, notes };
}

async function table(input: Input, signal: AbortSignal, columns: Columns): Promise<InspectResult> {
  const { answers, notes } = await askEach(input, signal, (client) => infoOf(client));
  const rows = answers.map(({ instance, answer }) => [
    instance.name,
    ...Object.values(columns).map((cell) => cell(answer)),
  ]);
  return { columns: ['instance', ...Object.keys(columns)], rows, notes };
}

/** Of all databases: `db0:keys=12,expires=3,avg_ttl=0`. */
function keyCount(info: Info): number {
  const databases = [...info].filter(([key]) => /^db\d+$/.test(key));
  return databases.reduce((sum, [, text]) => sum + Number(/keys=(\d+)/.exec(text)?.[1] ?? 0), 0);
}

/** From 0 to 1; null while nothing was looked up. */
function hitShare(info: Info): number | null {
  const hits = numberIn(info, 'keyspace_hits') ?? 0;
  const all = hits + (numberIn(info, 'keyspace_misses') ?? 0);
  return all === 0 ? null : Math.round((hits / all) * 1000) / 1000;
}

function instant(unixS: number | null): string | null {
  return unixS === null ? null : new Date(unixS * 1000).toISOString();
}
