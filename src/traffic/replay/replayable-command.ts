/** Which commands of Redis and Valkey are replayed over a connection that all share. Pure. */
import type { LeftOutReason } from './tally.ts';

type Argument = string | Buffer;

/** Whole commands, and those with certain words behind them (`SCRIPT FLUSH`), by why they are left out. */
const LEFT_OUT: Readonly<Record<'connection' | 'administration' | 'blocking', readonly string[]>> = {
  // What is inside a transaction is in the recording by itself, and is replayed without one.
  connection: [
    ...['ASKING', 'AUTH', 'CLIENT', 'HELLO', 'PING', 'QUIT', 'READONLY', 'READWRITE', 'RESET', 'SELECT'],
    ...['DISCARD', 'EXEC', 'MULTI', 'UNWATCH', 'WATCH'],
    ...['MONITOR', 'PSYNC', 'REPLCONF', 'SYNC'],
    ...['PSUBSCRIBE', 'PUNSUBSCRIBE', 'SSUBSCRIBE', 'SUBSCRIBE', 'SUNSUBSCRIBE', 'UNSUBSCRIBE'],
  ],
  administration: [
    ...['ACL', 'BGREWRITEAOF', 'BGSAVE', 'CLUSTER', 'CONFIG', 'DEBUG', 'FAILOVER', 'FLUSHALL', 'FLUSHDB', 'INFO'],
    ...['MIGRATE', 'MODULE', 'PFDEBUG', 'PFSELFTEST', 'REPLICAOF', 'RESTORE-ASKING', 'ROLE', 'SAVE', 'SENTINEL'],
    ...['SHUTDOWN', 'SLAVEOF', 'SWAPDB'],
    // How stackctl asks whether a server takes writes.
    'SET STACKCTL:READINESS',
    // What Sentinels tell each other about a master: to those of another group it would be news of a strange one.
    'PUBLISH __SENTINEL__:HELLO',
    ...['FUNCTION DELETE', 'FUNCTION FLUSH', 'FUNCTION KILL', 'FUNCTION RESTORE'],
    ...[
      'COMMANDLOG RESET',
      'LATENCY RESET',
      'MEMORY PURGE',
      'SCRIPT DEBUG',
      'SCRIPT FLUSH',
      'SCRIPT KILL',
      'SLOWLOG RESET',
    ],
  ],
  blocking: [
    ...['BLMOVE', 'BLMPOP', 'BLPOP', 'BRPOP', 'BRPOPLPUSH', 'BZMPOP', 'BZPOPMAX', 'BZPOPMIN', 'WAIT', 'WAITAOF'],
    ...['XREAD BLOCK', 'XREADGROUP BLOCK'],
  ],
};

const REASONS: ReadonlyMap<string, LeftOutReason> = new Map(
  (['connection', 'administration', 'blocking'] as const).flatMap((reason) =>
    LEFT_OUT[reason].map((name) => [name, reason] as const),
  ),
);

export interface Refused {
  readonly reason: LeftOutReason;
  /** In upper case, e.g. `SCRIPT FLUSH`. */
  readonly name: string;
}

/** Why a command is not replayed; undefined: it is. */
export function refusedCommand(args: readonly Argument[]): Refused | undefined {
  const command = word(args[0]);
  const names = [command, `${command} ${word(args[1])}`, ...(waits(command, args) ? [`${command} BLOCK`] : [])];
  return names
    .map((name) => ({ name, reason: REASONS.get(name) }))
    .find((found): found is Refused => found.reason !== undefined);
}

/** `XREAD [COUNT n] [BLOCK ms] STREAMS …`, and for a group `GROUP group consumer` before it, either of which may be called BLOCK. */
function waits(command: string, args: readonly Argument[]): boolean {
  if (command !== 'XREAD' && command !== 'XREADGROUP') return false;
  for (let at = 1; at < args.length; at++) {
    const option = word(args[at]);
    if (option === 'BLOCK') return true;
    if (option === 'STREAMS') return false;
    if (option === 'COUNT') at += 1;
    if (option === 'GROUP') at += 2;
  }
  return false;
}

/** No name is longer; what is must not be copied just to look at it. */
const LONGEST_NAME = 32;

function word(arg: Argument | undefined): string {
  return typeof arg === 'string' && arg.length <= LONGEST_NAME ? arg.toUpperCase() : '';
}
