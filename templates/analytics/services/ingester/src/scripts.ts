/** Lua, where reading and deleting must be one step. Written for Redis 6.2 and later. */

/**
 * Deletes what every group has behind it, but nothing that is younger than ARGV[1] (milliseconds since 1970). A group
 * has behind it what comes before its oldest pending entry, or before the last one that it was given.
 */
export const TRIM_STORED = `
local function before(a, b)
  local a_ms, a_number = a:match('^(%d+)-(%d+)$')
  local b_ms, b_number = b:match('^(%d+)-(%d+)$')
  if a_ms ~= b_ms then return tonumber(a_ms) < tonumber(b_ms) end
  return tonumber(a_number) < tonumber(b_number)
end
local limit = ARGV[1] .. '-0'
local groups = redis.call('XINFO', 'GROUPS', KEYS[1])
if #groups == 0 then return 0 end
for _, fields in ipairs(groups) do
  local group = {}
  for at = 1, #fields, 2 do group[fields[at]] = fields[at + 1] end
  local oldest = group['last-delivered-id']
  if group['pending'] > 0 then oldest = redis.call('XPENDING', KEYS[1], group['name'])[2] end
  if before(oldest, limit) then limit = oldest end
end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', limit)`;

/**
 * Forgets consumers of the group ARGV[1] that have nothing pending and were idle for ARGV[2] milliseconds; with ARGV[3],
 * only the one of that name. A consumer that still runs is on the list again after its next read.
 */
export const FORGET_IDLE_CONSUMERS = `
local forgotten = 0
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for at = 1, #fields, 2 do consumer[fields[at]] = fields[at + 1] end
  local meant = ARGV[3] == '' or consumer['name'] == ARGV[3]
  if meant and consumer['pending'] == 0 and consumer['idle'] >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer['name'])
    forgotten = forgotten + 1
  end
end
return forgotten`;
