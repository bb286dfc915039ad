import type { Redis } from 'ioredis';

/** KEYS: key; ARGV: value, milliseconds to live. Returns what the key holds then. (`SET … NX GET` needs Redis 7.) */
const CLAIM = `
local held = redis.call('GET', KEYS[1])
if held then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`;

/** KEYS: key; ARGV: claimed, final value or nothing, milliseconds to live. */
const COMPLETE = `
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** For the client: sent by their hash; whole only where the server does not know them yet. */
export const SCRIPTS = {
  claimKey: { lua: CLAIM, numberOfKeys: 1 },
  completeKey: { lua: COMPLETE, numberOfKeys: 1 },
};

/** The scripts as commands of the client. */
export interface RecordClient extends Redis {
  claimKey(key: string, value: string, ttlMs: number): Promise<string>;
  completeKey(key: string, claimed: string, value: string, ttlMs: number): Promise<number>;
}
