import { type ChainableCommander, Redis } from 'ioredis';
import { type Log, RequestError } from 'stackctl/service-kit';
import { identityOf, type TrackedEvent, timeOf } from '../event.ts';
import { inGroups } from './groups.ts';
import type { EventStorage } from './storage.ts';

/** The sorted set: one member for each event, its JSON, scored by the time of the event in milliseconds since 1970. */
export const EVENTS_KEY = 'sentinel:events';

/**
 * KEYS: the events, and their identities with the same scores. ARGV: the score below which both are trimmed, their time
 * to live in milliseconds, then score, identity and event in turn. Returns 1 for each that is new, and 0 for the others. A script runs as a whole,
 * and what Redis refuses (OOM, READONLY, NOREPLICAS) it refuses before the first write: a batch is there with all that
 * belongs to it, or not at all. Where the events were deleted by hand, their identities are forgotten too.
 */
const ADD_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) < redis.call('EXISTS', KEYS[2]) then
  redis.call('DEL', KEYS[2])
end
local added = {}
for index = 3, #ARGV, 3 do
  local known = redis.call('ZSCORE', KEYS[2], ARGV[index + 1])
  if not known or tonumber(known) < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[2], ARGV[index], ARGV[index + 1])
    added[#added + 1] = redis.call('ZADD', KEYS[1], ARGV[index], ARGV[index + 2])
  else
    added[#added + 1] = 0
  end
end
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', '(' .. ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return table.concat(added)`;

const CONNECT_TIMEOUT_MS = 2000;
/** A frozen server must not hold up its clients for longer. */
const COMMAND_TIMEOUT_MS = 3000;
const CONNECTION_WAIT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 200;

export interface RedisOptions {
  readonly url: string;
  readonly retentionMs: number;
  readonly log: Log;
  readonly key?: string;
  readonly commandTimeoutMs?: number;
  /** A request waits so long for a connection that is being made, e.g. while Redis starts again. */
  readonly connectionWaitMs?: number;
  readonly now?: () => number;
}

/** Events in Redis, shared by every instance of the backend. Connects, and connects again, by itself. */
export function redisStorage(options: RedisOptions): EventStorage {
  const { retentionMs, log, key = EVENTS_KEY, now = Date.now } = options;
  const client = connect(options);
  const ask = async <Answer>(command: () => Promise<Answer>): Promise<Answer> => {
    try {
      await connected(client, options.connectionWaitMs ?? CONNECTION_WAIT_MS);
      return await command();
    } catch (error) {
      log.warn('Redis did not answer', { error });
      throw new RequestError(503, `the event storage is not available: ${reason(error)}`);
    }
  };
  const read = (from: number): Promise<readonly string[]> => ask(() => client.zrange(key, from, '+inf', 'BYSCORE'));
  const together = inGroups(async (events) => {
    const members = events.flatMap((event) => [timeOf(event), identityOf(event), JSON.stringify(event)]);
    const limits = [now() - retentionMs, retentionMs];
    return ask(() => client.addEvents(key, `${key}:ids`, ...limits, ...members));
  });
  return {
    name: 'redis',
    add: (events) => (events.length === 0 ? Promise.resolve(0) : together(events)),
    since: async (from) => {
      const members = await read(Math.max(from, now() - retentionMs));
      return members.flatMap((member) => eventIn(member) ?? []);
    },
    stats: async () => {
      const limit = now() - retentionMs;
      const [events, oldest, newest, ttlS] = await ask(() =>
        execute(
          client
            .multi()
            .zcount(key, String(limit), '+inf')
            .zrange(key, String(limit), '+inf', 'BYSCORE', 'LIMIT', 0, 1)
            .zrange(key, -1, '-1')
            .ttl(key),
        ),
      );
      const found = Number(events) > 0;
      return {
        events: Number(events),
        oldest: found ? timestampOf(oldest) : null,
        newest: found ? timestampOf(newest) : null,
        ttlS: Number(ttlS) < 0 ? null : Number(ttlS),
        dropped: 0,
      };
    },
    check: async () => {
      if (client.status !== 'ready') throw new Error(`no connection to Redis (${client.status})`);
      // Passes every check of a write (READONLY, MISCONF, OOM) and then does nothing: the key is not there.
      await client.set(`${key}:probe`, '1', 'XX');
      return undefined;
    },
    close: async () => {
      // Everything that was asked for has been answered. A client that has ended would keep the process for 2 s more.
      if (client.status !== 'end') client.disconnect();
    },
  };
}

/** The script as a command of the client. */
interface EventClient extends Redis {
  addEvents(...args: readonly (string | number)[]): Promise<string>;
}

/**
 * Nothing is sent twice and nothing is queued: what cannot be acknowledged is refused, and the sender knows it.
 */
function connect({ url, log, commandTimeoutMs = COMMAND_TIMEOUT_MS }: RedisOptions): EventClient {
  const client = new Redis(url, {
    // Sent by its hash; whole only where the server does not know it yet.
    scripts: { addEvents: { lua: ADD_SCRIPT, numberOfKeys: 2 } },
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
  });
  // One for each request that waits.
  client.setMaxListeners(0);
  let lost = false;
  client.on('ready', () => {
    lost = false;
    log.info('Redis connection established');
  });
  client.on('error', (error) => {
    if (!lost) log.warn('no connection to Redis', { error: reason(error) });
    lost = true;
  });
  return client as EventClient;
}

/** @throws Error when there is no connection in time. */
function connected(client: Redis, withinMs: number): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const ready = (): void => {
      clearTimeout(limit);
      resolve();
    };
    const limit = setTimeout(() => {
      client.off('ready', ready);
      reject(new Error('no connection to Redis'));
    }, withinMs);
    client.once('ready', ready);
  });
}

/** The answers of a transaction. @throws the first error among them: then nothing may be taken for done. */
async function execute(transaction: ChainableCommander): Promise<readonly unknown[]> {
  const answers = await transaction.exec();
  if (answers === null) throw new Error('the transaction was given up');
  return answers.map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}

function timestampOf(members: unknown): string | null {
  const [member = ''] = members as readonly string[];
  return eventIn(member)?.timestamp ?? null;
}

/** Undefined for a member that is no event: another program's must not make every figure fail. */
function eventIn(member: string): TrackedEvent | undefined {
  try {
    const event = JSON.parse(member) as Partial<TrackedEvent> | null;
    const whole = typeof event?.tenantId === 'string' && typeof event.status === 'number';
    return whole && typeof event.latencyMs === 'number' ? (event as TrackedEvent) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /enableOfflineQueue|Connection is closed|max retries/.test(text) ? 'no connection to Redis' : text;
}
