import { connectRedis, disconnect } from './connect.ts';
import type { RedisTarget } from './target.ts';

/**
 * Commands for reading from a server that may be in production. No command here changes data or settings, reads
 * everything at once (KEYS, SMEMBERS, HGETALL), or shows what others send (MONITOR) or passwords (CONFIG GET).
 */
export const READ_ONLY_COMMANDS: ReadonlySet<string> = new Set([
  'CLIENT LIST',
  'DBSIZE',
  'HLEN',
  'INFO',
  'LLEN',
  'MEMORY USAGE',
  'PTTL',
  'ROLE',
  'SCAN',
  'SCARD',
  'SELECT',
  'SENTINEL CKQUORUM',
  'SENTINEL MASTER',
  'SENTINEL REPLICAS',
  'SENTINEL SENTINELS',
  'SLOWLOG GET',
  'SLOWLOG LEN',
  'TYPE',
  'XINFO GROUPS',
  'XINFO STREAM',
  'XLEN',
  'ZCARD',
]);

/** Commands whose second word says what they do. */
const WITH_SUBCOMMAND: ReadonlySet<string> = new Set(['CLIENT', 'MEMORY', 'SENTINEL', 'SLOWLOG', 'XINFO']);

/** What runs a command by its name. */
export interface RedisCaller {
  call(command: string, ...args: Words): Promise<unknown>;
  /** Text in the reply comes as bytes: for names and values, which may be anything. */
  callBuffer(command: string, ...args: Words): Promise<unknown>;
}

type Words = (string | number | Buffer)[];

/** Passes on what only reads. Anything else is a defect of the caller: it is thrown before a byte is sent. */
export function readOnly(client: RedisCaller): RedisCaller {
  return {
    call: async (command, ...args) => {
      refuseOthers(command, args);
      return client.call(command, ...args);
    },
    callBuffer: async (command, ...args) => {
      refuseOthers(command, args);
      return client.callBuffer(command, ...args);
    },
  };
}

function refuseOthers(command: string, args: Words): void {
  const name = command.toUpperCase();
  const full = WITH_SUBCOMMAND.has(name) ? `${name} ${String(args[0]).toUpperCase()}` : name;
  if (!READ_ONLY_COMMANDS.has(full)) throw new Error(`${full} is not among the commands that only read`);
}

/** Runs `use` with a connection that can only read. */
export async function withReadOnlyRedis<T>(target: RedisTarget, use: (client: RedisCaller) => Promise<T>): Promise<T> {
  const client = await connectRedis(target);
  try {
    return await use(readOnly(client));
  } finally {
    disconnect(client);
  }
}
