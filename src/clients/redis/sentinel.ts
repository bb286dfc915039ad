import { formatAddress } from '../../stack/contract/model.ts';
import { parseInfo } from './info.ts';
import type { RedisQuestions } from './questions.ts';

/** What one Sentinel says about the master that it monitors (`SENTINEL MASTER <name>`). */
export interface MasterView {
  /** `host:port` as the Sentinel knows it: a peer address. */
  readonly address: string;
  readonly epoch: number;
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
  /** `['master']` when all is well; `s_down`, `o_down`, `disconnected`, `failover_in_progress` otherwise. */
  readonly flags: readonly string[];
  readonly replicas: number;
  readonly otherSentinels: number;
}

/** @throws ReplyError "No such master with that name" for an unknown group. */
export async function masterView(client: RedisQuestions, group: string): Promise<MasterView> {
  const fields = pairs(await client.call('SENTINEL', 'MASTER', group));
  return {
    address: formatAddress({ host: fields.get('ip') ?? '', port: Number(fields.get('port')) }),
    epoch: Number(fields.get('config-epoch')),
    quorum: Number(fields.get('quorum')),
    downAfterMs: Number(fields.get('down-after-milliseconds')),
    failoverTimeoutMs: Number(fields.get('failover-timeout')),
    flags: flagsOf(fields),
    replicas: Number(fields.get('num-slaves')),
    otherSentinels: Number(fields.get('num-other-sentinels')),
  };
}

/** One entry of `SENTINEL REPLICAS` or `SENTINEL SENTINELS`. */
export interface MemberView {
  readonly address: string;
  readonly host: string;
  readonly port: string;
  /** What it calls itself since its start: 40 hexadecimal digits; a Sentinel keeps its ID for ever. */
  readonly runId: string;
  /** `['slave']` or `['sentinel']` when all is well. */
  readonly flags: readonly string[];
  /** Replicas only: priority for promotion as of the last INFO, 0 means never. */
  readonly priority: number;
  /** Milliseconds since the last valid reply to PING. */
  readonly sinceReplyMs: number;
  /** Replicas only: milliseconds since the last INFO; 0 before the first one. */
  readonly sinceInfoMs: number;
  /** Replicas only: how long the replica's link to its master has been down, in milliseconds; 0 while it is up. */
  readonly linkDownMs: number;
  /** Silence after which this Sentinel takes it for down, in milliseconds. */
  readonly downAfterMs: number;
}

export async function memberViews(
  client: RedisQuestions,
  list: 'REPLICAS' | 'SENTINELS',
  group: string,
): Promise<readonly MemberView[]> {
  const entries = (await client.call('SENTINEL', list, group)) as unknown[];
  return entries.map(pairs).map((fields) => ({
    address: formatAddress({ host: fields.get('ip') ?? '', port: Number(fields.get('port')) }),
    host: fields.get('ip') ?? '',
    port: fields.get('port') ?? '',
    runId: fields.get('runid') ?? '',
    flags: flagsOf(fields),
    priority: Number(fields.get('slave-priority') ?? 0),
    sinceReplyMs: Number(fields.get('last-ok-ping-reply') ?? 0),
    sinceInfoMs: Number(fields.get('info-refresh') ?? 0),
    linkDownMs: Math.max(0, Number(fields.get('master-link-down-time') ?? 0)),
    downAfterMs: Number(fields.get('down-after-milliseconds') ?? 0),
  }));
}

/** Undefined when a failover is possible, else the Sentinel's own words (NOQUORUM, NOGOODSLAVE, …). */
export async function quorumProblem(client: RedisQuestions, group: string): Promise<string | undefined> {
  try {
    await client.call('SENTINEL', 'CKQUORUM', group);
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return error.message;
    throw error;
  }
}

/** Whether this Sentinel is in TILT mode: its timer was late by more than 2 s, and for 30 s it acts on nothing. */
export async function isTilted(client: RedisQuestions): Promise<boolean> {
  return parseInfo(String(await client.call('INFO', 'sentinel'))).get('sentinel_tilt') === '1';
}

/** How often it does what, by the names of `SENTINEL DEBUG`, in milliseconds. Before Redis 7.0 that is not known: none. */
export async function periodsOf(client: RedisQuestions): Promise<ReadonlyMap<string, number>> {
  try {
    const fields = pairs(await client.call('SENTINEL', 'DEBUG'));
    return new Map([...fields].map(([name, value]) => [name.toLowerCase(), Number(value)]));
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return new Map();
    throw error;
  }
}

/**
 * What the instance is (`master`, `slave`, `sentinel`), then what is wrong with it. Sentinel puts some of these first
 * (`s_down,slave`). Left out: `master_down` of another Sentinel, which is its last vote. It is there for 5 s after
 * a failover and says nothing about that Sentinel.
 */
function flagsOf(fields: ReadonlyMap<string, string>): readonly string[] {
  const flags = (fields.get('flags') ?? '').split(',').filter((flag) => flag !== 'master_down');
  const isKind = (flag: string): boolean => flag === 'master' || flag === 'slave' || flag === 'sentinel';
  return [...flags.filter(isKind), ...flags.filter((flag) => !isKind(flag))];
}

/** `[key, value, key, value]` -> map. */
function pairs(reply: unknown): ReadonlyMap<string, string> {
  const flat = reply as readonly string[];
  return new Map(flat.flatMap((key, index) => (index % 2 === 0 ? [[key, flat[index + 1] ?? ''] as const] : [])));
}
