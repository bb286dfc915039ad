import { failureText } from '../../../clients/redis/failure.ts';
import { parseInfo, versionIn } from '../../../clients/redis/info.ts';
import { type RedisQuestions, withQuestions } from '../../../clients/redis/questions.ts';
import { defined } from '../../../lib/defined.ts';
import type { InstanceInput } from '../../../stack/contract/model.ts';
import type { Probe } from '../../../stack/contract/probe.ts';
import { passwordOrNone } from './config-text.ts';
import type { RedisOptions } from './options.ts';

const PROBE_TIMEOUT_MS = 1000;

/** Facts of one server, as `status --json` prints them. */
export interface RedisFacts {
  readonly version: string;
  /** Bytes of the replication stream that it has written (master) or applied (replica). */
  readonly offset: number;
  /** Replica: `host:port` of its master. */
  readonly masterAddress?: string;
  readonly masterLinkUp?: boolean;
  readonly syncing?: boolean;
  /** Replica: lower is promoted first, 0 never. */
  readonly priority?: number;
  /** Master: replicas that are connected. */
  readonly connectedReplicas?: number;
  /** Master: a write was accepted (it changes nothing, see `writeRefusal`). */
  readonly writable?: boolean;
  readonly loading: boolean;
  readonly usedMemoryBytes: number;
  readonly aofEnabled: boolean;
  readonly aofLastWriteOk: boolean;
  readonly rdbLastSaveOk: boolean;
  /** In a group with a director, as it is in force: `CONFIG SET` changes it. Absent: the server does not say. */
  readonly persistence?: Persistence;
  readonly minReplicasToWrite?: number;
}

/** What keeps the data over a restart. */
export type Persistence = 'aof' | 'rdb' | 'aof+rdb' | 'none';

export async function probe(input: InstanceInput<RedisOptions>): Promise<Probe> {
  const target = {
    address: input.instance.client,
    password: passwordOrNone(input.service.options.password),
    timeoutMs: PROBE_TIMEOUT_MS,
  };
  try {
    return await withQuestions(target, (client) => readFacts(client, input.service.primaryFrom !== undefined));
  } catch (error) {
    return { role: undefined, reasons: [`no answer: ${failureText(error, PROBE_TIMEOUT_MS)}`], facts: {} };
  }
}

async function readFacts(client: RedisQuestions, inGroup: boolean): Promise<Probe> {
  const [text, save, minReplicas] = await Promise.all([
    client.call('INFO'),
    inGroup ? setting(client, 'save') : undefined,
    inGroup ? setting(client, 'min-replicas-to-write') : undefined,
  ]);
  const info = parseInfo(String(text));
  const role = info.get('role') === 'slave' ? 'replica' : 'master';
  const refusal = role === 'master' ? await writeRefusal(client) : undefined;
  const facts = {
    ...commonFacts(info),
    ...defined({
      persistence: save === undefined ? undefined : persistenceOf(info.get('aof_enabled') === '1', save !== ''),
      minReplicasToWrite: minReplicas === undefined ? undefined : Number(minReplicas),
    }),
    ...(role === 'master' ? masterFacts(info, refusal) : replicaFacts(info)),
  };
  return { role, reasons: [...ownReasons(facts), ...(refusal === undefined ? [] : [refusal])], facts: { ...facts } };
}

/** One setting as it is in force; undefined where CONFIG is renamed or not allowed. */
async function setting(client: RedisQuestions, name: string): Promise<string | undefined> {
  try {
    const reply = (await client.call('CONFIG', 'GET', name)) as readonly unknown[];
    return reply[1] === undefined ? undefined : String(reply[1]);
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  }
}

function persistenceOf(aof: boolean, rdb: boolean): Persistence {
  if (aof) return rdb ? 'aof+rdb' : 'aof';
  return rdb ? 'rdb' : 'none';
}

/**
 * Whether the server takes writes, without changing anything: SET with XX on a key that does not exist passes every
 * check of a write (READONLY, NOREPLICAS, MISCONF, OOM) and then does nothing.
 */
async function writeRefusal(client: RedisQuestions): Promise<string | undefined> {
  try {
    await client.call('SET', 'stackctl:readiness', '1', 'XX');
    return undefined;
  } catch (error) {
    return `refuses writes: ${failureText(error, PROBE_TIMEOUT_MS)}`;
  }
}

function commonFacts(info: ReadonlyMap<string, string>) {
  return {
    version: versionIn(info) ?? '',
    offset: Number(info.get(info.get('role') === 'slave' ? 'slave_repl_offset' : 'master_repl_offset') ?? 0),
    loading: info.get('loading') === '1',
    usedMemoryBytes: Number(info.get('used_memory') ?? 0),
    aofEnabled: info.get('aof_enabled') === '1',
    aofLastWriteOk: info.get('aof_last_write_status') !== 'err',
    rdbLastSaveOk: info.get('rdb_last_bgsave_status') !== 'err',
  };
}

function masterFacts(info: ReadonlyMap<string, string>, refusal: string | undefined) {
  return { connectedReplicas: Number(info.get('connected_slaves') ?? 0), writable: refusal === undefined };
}

function replicaFacts(info: ReadonlyMap<string, string>) {
  return {
    masterAddress: `${info.get('master_host')}:${info.get('master_port')}`,
    masterLinkUp: info.get('master_link_status') === 'up',
    syncing: info.get('master_sync_in_progress') === '1',
    priority: Number(info.get('slave_priority')),
  };
}

function ownReasons(facts: RedisFacts): readonly string[] {
  return [
    ...(facts.loading ? ['loads its data from disk'] : []),
    ...(facts.masterLinkUp === false ? [`link to its master ${facts.masterAddress} is down`] : []),
    ...(facts.syncing === true ? [`full synchronisation from ${facts.masterAddress} is running`] : []),
    ...(facts.aofLastWriteOk ? [] : ['the last write to the append-only file failed']),
    ...(facts.rdbLastSaveOk ? [] : ['the last RDB snapshot failed']),
  ];
}
