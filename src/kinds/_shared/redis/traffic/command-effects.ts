/** What a command of an event leaves behind. Pure. */
import type { RedisCommand } from '../../../../clients/redis/event-writer.ts';
import type { EventKeyType } from '../../../../clients/redis/key-type.ts';
import type { PlacedWrite } from './last-writes.ts';

const TYPES: Readonly<Record<string, EventKeyType>> = {
  XADD: 'stream',
  ZADD: 'zset',
  HSET: 'hash',
  HMSET: 'hash',
  RPUSH: 'list',
  LPUSH: 'list',
  SET: 'string',
};

/** Commands that take nothing away of what those above have written. */
const HARMLESS: ReadonlySet<string> = new Set(
  'PUBLISH SPUBLISH INCR INCRBY INCRBYFLOAT DECR DECRBY HINCRBY HINCRBYFLOAT SADD PFADD SETBIT GEOADD HSETNX PERSIST'.split(
    ' ',
  ),
);

const ZADD_OPTION = /^(NX|XX|GT|LT|CH|INCR)$/i;

/** Options with which a command may write nothing, or with which what it writes may end. */
const LOSSY: Readonly<Record<string, RegExp>> = {
  XADD: /^(NOMKSTREAM|MAXLEN|MINID)$/i,
  ZADD: /^(NX|XX|GT|LT|INCR)$/i,
  SET: /^(NX|XX|EX|PX|EXAT|PXAT|IFEQ)$/i,
};

/** The type of the key that it writes events to; `harmless`: to none, and no key loses anything; else its keys may. */
export function effectOf([name]: RedisCommand): EventKeyType | 'harmless' | 'unknown' {
  const known = TYPES[name];
  if (known !== undefined) return known;
  const command = name.toUpperCase();
  return TYPES[command] ?? (HARMLESS.has(command) ? 'harmless' : 'unknown');
}

/** Whether an option makes it uncertain that what it writes is there and stays. */
export function isLossy(command: RedisCommand): boolean {
  const name = command[0].toUpperCase();
  return optionsOf(name, command).some((word) => LOSSY[name]?.test(word) === true);
}

/** Of a SET they stand behind the value, of the others before what is written. */
function optionsOf(name: string, command: RedisCommand): readonly string[] {
  if (name === 'SET') return command.slice(3);
  if (name === 'XADD') return command.slice(2, 3);
  return name === 'ZADD' ? command.slice(2, firstScore(command)) : [];
}

function firstScore(command: RedisCommand): number {
  let at = 2;
  while (ZADD_OPTION.test(command[at] ?? '')) at += 1;
  return at;
}

/** The scores and members of a ZADD, behind its options. */
export function scoredIn(command: RedisCommand): readonly (readonly [score: number, member: string])[] {
  const found: [number, string][] = [];
  for (let at = firstScore(command); at + 1 < command.length; at += 2)
    found.push([Number(command[at]), command[at + 1] ?? '']);
  return found;
}

/**
 * What a command overwrites, where what is there afterwards tells which event it was: a value with its id, or the score of a member
 * that has none.
 */
export function placedIn(command: RedisCommand, { id, sequence }: { readonly id: string; readonly sequence: number }) {
  const [, key = '', value = ''] = command;
  const found: PlacedWrite[] = [];
  switch (effectOf(command)) {
    case 'string':
      if (value.includes(id)) found.push({ type: 'string', key, within: '', sequence });
      break;
    case 'hash':
      for (let at = 2; at + 1 < command.length; at += 2)
        if (command[at + 1]?.includes(id)) found.push({ type: 'hash', key, within: command[at] ?? '', sequence });
      break;
    case 'zset':
      for (const [score, member] of scoredIn(command))
        if (!member.includes(id)) found.push({ type: 'zset', key, within: member, sequence, score });
      break;
    default:
  }
  return found;
}

/** The fields to which a command writes what is no event, undefined for a whole key: where another one writes events, it takes them away. */
export function withoutId(command: RedisCommand, id: string): readonly (string | undefined)[] {
  const effect = effectOf(command);
  if (effect === 'string') return command[2]?.includes(id) === true ? [] : [undefined];
  if (effect !== 'hash') return [];
  const fields: string[] = [];
  for (let at = 2; at + 1 < command.length; at += 2)
    if (command[at + 1]?.includes(id) !== true) fields.push(command[at] ?? '');
  return fields;
}
