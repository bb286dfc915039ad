/** What the README of the stack says to type. Each is run by a test, and the README may hold no other. */

export interface GuideLine {
  /** As the guide has it. */
  readonly guide: string;
  /** As the README has it; `<host>` and `<port>` are the inside address of the master. */
  readonly stackctl: string;
  /** What the answer has to hold. */
  readonly answer: RegExp;
  /** What it must never hold, not even for a moment. */
  readonly never?: RegExp;
  /** What it may hold for some seconds after the failover before, and not for longer. */
  readonly passing?: RegExp;
}

/** The table "the guide says, with stackctl": run by guide.test.ts on both runtimes. */
export const GUIDE_LINES: readonly GuideLine[] = [
  { guide: 'docker exec kasagi-redis-master redis-cli PING', stackctl: 'stackctl cli redis PING', answer: /^PONG$/m },
  { guide: 'docker logs kasagi-sentinel-1', stackctl: 'stackctl logs sentinel-1', answer: /\+monitor master/ },
  {
    guide: 'docker exec kasagi-sentinel-1 cat /usr/local/etc/redis/sentinel.conf',
    stackctl: 'stackctl exec sentinel-1 cat sentinel.conf',
    answer: /^sentinel monitor kasagi-master /m,
  },
  {
    guide: 'docker exec kasagi-redis-replica-1 redis-cli INFO replication',
    stackctl: 'stackctl cli redis-2 INFO replication',
    // The failover before may have made it the master.
    answer: /^(master_link_status:up|connected_slaves:2)$/m,
  },
  {
    guide: 'docker exec kasagi-redis-master redis-cli CLIENT LIST',
    stackctl: 'stackctl cli redis CLIENT LIST',
    answer: /cmd=replconf|flags=S/,
  },
  {
    guide: 'docker exec kasagi-redis-master redis-cli REPLICAOF <new-master-ip> 6379',
    stackctl: 'stackctl cli redis-1 REPLICAOF <host> <port>',
    answer: /^OK/m,
  },
  {
    guide: 'SENTINEL master kasagi-master',
    stackctl: 'stackctl cli sentinel SENTINEL master kasagi-master',
    answer: /^num-other-sentinels\n2$/m,
  },
  {
    guide: 'SENTINEL replicas kasagi-master',
    stackctl: 'stackctl cli sentinel SENTINEL replicas kasagi-master',
    answer: /^master-link-status\nok$/m,
  },
  {
    guide: 'SENTINEL sentinels kasagi-master',
    stackctl: 'stackctl cli sentinel SENTINEL sentinels kasagi-master',
    answer: /^flags\nsentinel$/m,
    never: /^flags\n(?!sentinel(,master_down)?$)/m,
    // That Sentinel said so of the master that the failover killed: forgotten 5 s after it was said last.
    passing: /^flags\n.*master_down/m,
  },
];

/** The verbs of the README, in the order in which a person meets them; guide.test.ts runs them. */
export const GUIDE_VERBS: readonly string[] = [
  'stackctl up redis-sentinel',
  'stackctl status',
  'stackctl env --format ioredis',
  'stackctl health',
  'stackctl failover-test',
  'stackctl down',
  'stackctl clean --yes',
];

/** What the README says of more instances and of fewer again; scale.test.ts runs them. */
export const SCALE_LINES = {
  five: 'stackctl scale redis=5 sentinel=5',
  three: 'stackctl scale redis=3 sentinel=3',
} as const;
