/**
 * What is done in Redis as a whole. KEYS of every script: the events, their identities, the log and its state.
 *
 * The log is a stream that has of each event what the figures need, in the order in which events came; its state says of which
 * events. `logged`: of those with a lower score, `+inf` where it is of all of them. `events` and `entries`: how many there were when a
 * script last ended. Where that is not what is there, somebody else has written or deleted (an earlier version of the backend, a
 * person), and the log is begun again.
 */
const STATE = `
local events, identities, log, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local function note(logged, count, entries)
  redis.call('HSET', state, 'events', count, 'entries', entries, 'logged', logged)
end
local function expire(ttl)
  if ttl <= 0 then return end
  redis.call('PEXPIRE', state, ttl)
  redis.call('PEXPIRE', log, ttl)
end
local function logged()
  local count, entries = redis.call('ZCARD', events), redis.call('XLEN', log)
  local known = redis.call('HMGET', state, 'events', 'entries', 'logged', 'until')
  if tonumber(known[1] or 0) == count and tonumber(known[2] or 0) == entries and (known[3] or count == 0) then
    return known[3] or '+inf', count, entries, tonumber(known[4] or 0)
  end
  local from = count == 0 and '+inf' or '-inf'
  note(from, count, 0)
  redis.call('HDEL', state, 'until')
  redis.call('UNLINK', log)
  expire(redis.call('PTTL', events))
  return from, count, 0, 0
end
`;

/**
 * ARGV: the score below which everything is trimmed, the time to live in milliseconds, the name of the new entry of the log (see `entryNames`), then
 * record (which begins with the score), identity and event in turn. Returns 1 for each that is new, and 0 for the others. A script runs as a whole,
 * and what Redis refuses (OOM, READONLY, NOREPLICAS) it refuses before the first write: a batch is there with all that
 * belongs to it, or not at all. Where the events were deleted by hand, their identities are forgotten too. The log and its state
 * live for twice as long, so that this is renewed once in a while only.
 */
const ADD = `${STATE}
local limit, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local from, count, entries, lives = logged()
local below = from == '+inf' and math.huge or from == '-inf' and -math.huge or tonumber(from)
if count == 0 and redis.call('EXISTS', identities) == 1 then redis.call('DEL', identities) end
local added, records = {}, {}
for index = 4, #ARGV, 3 do
  local record, identity = ARGV[index], ARGV[index + 1]
  local known = redis.call('ZSCORE', identities, identity)
  if not known or tonumber(known) < limit then
    local score = string.match(record, '^%d+')
    redis.call('ZADD', identities, score, identity)
    local new = redis.call('ZADD', events, score, ARGV[index + 2])
    added[#added + 1] = new
    count = count + new
    if new == 1 and tonumber(score) < below then records[#records + 1] = record end
  else
    added[#added + 1] = 0
  end
end
if #records > 0 then
  redis.call('XADD', log, '*', ARGV[3], table.concat(records))
  entries = entries + 1
end
local trimmed = redis.call('ZREMRANGEBYSCORE', events, '-inf', '(' .. ARGV[1])
if trimmed > 0 then redis.call('ZREMRANGEBYSCORE', identities, '-inf', '(' .. ARGV[1]) end
redis.call('PEXPIRE', identities, ttl)
redis.call('PEXPIRE', events, ttl)
for _ = 1, math.min(trimmed, 1000) do
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if not first or tonumber(string.match(first[2][1], '^[^:]+')) >= limit then break end
  entries = entries - redis.call('XDEL', log, first[1])
end
redis.call('HSET', state, 'events', count - trimmed, 'entries', entries)
if lives < limit + 2 * ttl then
  redis.call('HSET', state, 'logged', from, 'until', limit + 3 * ttl)
  expire(2 * ttl)
end
return table.concat(added)`;

/**
 * ARGV: id and name of the entry that was read last (empty: none), and bytes after which it is enough. Returns `logged`, the number of
 * events, id and name of the last entry that is read now, 1 where they begin with the first one of the log, 1 where there are more, and the
 * records. A log that does not have the entry that was read last is another one (a failover lost it, or it was begun again).
 */
const READ = `${STATE}
local upTo, count = logged()
local last, name = ARGV[1], ARGV[2]
local known = last ~= '' and redis.call('XRANGE', log, last, last)[1]
local whole = not (known and known[2][1] == name)
if whole then last, name = '', '' end
local records, size, page = {}, 0
repeat
  page = redis.call('XRANGE', log, last == '' and '-' or '(' .. last, '+', 'COUNT', 100)
  for _, entry in ipairs(page) do
    last, name = entry[1], entry[2][1]
    records[#records + 1] = entry[2][2]
    size = size + #entry[2][2]
  end
until #page < 100 or size >= tonumber(ARGV[3])
return { upTo, count, last, name, whole and 1 or 0, #page == 100 and 1 or 0, table.concat(records) }`;

/**
 * Takes events into the log that were stored without it. ARGV: `logged` as it was read, and as it is then, the SHA-1 of the events between these scores, the
 * name of the new entry and its records. Does nothing where one of the first three is not so any more.
 */
const TAKE_OVER = `${STATE}
if (logged()) ~= ARGV[1] then return 0 end
local to = ARGV[2] == '+inf' and '+inf' or '(' .. ARGV[2]
local members = redis.call('ZRANGE', events, ARGV[1], to, 'BYSCORE')
if redis.sha1hex(table.concat(members)) ~= ARGV[3] then return 0 end
if ARGV[5] ~= '' then redis.call('XADD', log, '*', ARGV[4], ARGV[5]) end
note(ARGV[2], redis.call('ZCARD', events), redis.call('XLEN', log))
expire(redis.call('PTTL', events))
redis.call('HDEL', state, 'until')
return 1`;

/** For the client: sent by their hash; whole only where the server does not know them yet. */
export const SCRIPTS = {
  addEvents: { lua: ADD, numberOfKeys: 4 },
  readLog: { lua: READ, numberOfKeys: 4 },
  takeOver: { lua: TAKE_OVER, numberOfKeys: 4 },
};
