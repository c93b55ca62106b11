-- One queue: the tickets that wait in one shard, and the indexes over them.
-- This file is put in front of every script, after the constants written by script.go.
--
-- KEYS[1] is '{tag}:q'. All other keys are derived from it, so that every key a
-- script touches has the same hash tag and lives on one node of a Cluster.
--
--   {tag}:q          zset  session -> time of joining, oldest first
--   {tag}:l          zset  session -> time of the last lease renewal
--   {tag}:t          hash  session -> record, session:s -> state of its search
--   {tag}:b          hash  session -> devices it blocked, only if there are any
--   {tag}:g:<lang>   zset  like q, the tickets of one language ('' counts as one)
--   {tag}:i:<tag>    zset  like q, the tickets with one interest
--
-- Times are microseconds since 1970 by Redis's own clock. They have 16 digits:
-- exact in a Lua number, but the .. operator would round them, hence num().

local base = string.sub(KEYS[1], 1, -2)
local QUEUE, LEASES, TICKETS, BLOCKS = KEYS[1], base .. 'l', base .. 't', base .. 'b'

local function num(n)
  return string.format('%.0f', n)
end

-- The time of this call: given by tests, else Redis's.
local function clock(given)
  if given ~= '0' then return tonumber(given) end
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

-- A record is device, node, joined, language, region, 1 if there are blocks,
-- recent partners as ',a,b,', interests as '\tx\ty\t' (both '' if none), a line each.
local RECORD = '^([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$'

local function parse(session, record)
  local device, node, joined, language, region, blocks, recent, interests = string.match(record, RECORD)
  return {
    session = session, device = device, node = node, joined = tonumber(joined),
    language = language, region = region, hasblocks = blocks == '1', recent = recent, interests = interests,
  }
end

local function record(t)
  return table.concat({ t.device, t.node, num(t.joined), t.language, t.region,
    t.hasblocks and '1' or '0', t.recent, t.interests }, '\n')
end

-- Tickets dropped in this call: a batch has read their records before.
local gone = {}

local function drop(t)
  local s = t.session
  redis.call('HDEL', TICKETS, s, s .. ':s')
  redis.call('ZREM', QUEUE, s)
  redis.call('ZREM', LEASES, s)
  redis.call('ZREM', base .. 'g:' .. t.language, s)
  for interest in string.gmatch(t.interests, '[^\t]+') do
    redis.call('ZREM', base .. 'i:' .. interest, s)
  end
  if t.hasblocks then redis.call('HDEL', BLOCKS, s) end
  gone[s] = true
end

-- Drops by session; tells whether there was one.
local function dropsession(session)
  local found = redis.call('HGET', TICKETS, session)
  if found then
    drop(parse(session, found))
    return true
  end
  return false
end

-- Redis forgets a shard that nobody looks after. Living tickets call this again
-- with every periodic search (RESCAN), long before TTL is over.
local function keepkeys(t)
  redis.call('PEXPIRE', QUEUE, TTL)
  redis.call('PEXPIRE', LEASES, TTL)
  redis.call('PEXPIRE', TICKETS, TTL)
  redis.call('PEXPIRE', base .. 'g:' .. t.language, TTL)
  for interest in string.gmatch(t.interests, '[^\t]+') do
    redis.call('PEXPIRE', base .. 'i:' .. interest, TTL)
  end
  if t.hasblocks then redis.call('PEXPIRE', BLOCKS, TTL) end
end

local function enqueue(t, now, state)
  local s, joined = t.session, num(t.joined)
  redis.call('HSET', TICKETS, s, record(t), s .. ':s', state)
  redis.call('ZADD', QUEUE, joined, s)
  redis.call('ZADD', LEASES, num(now), s)
  redis.call('ZADD', base .. 'g:' .. t.language, joined, s)
  for interest in string.gmatch(t.interests, '[^\t]+') do
    redis.call('ZADD', base .. 'i:' .. interest, joined, s)
  end
  if t.hasblocks then redis.call('HSET', BLOCKS, s, t.blocks) end
  keepkeys(t)
end

-- Removes some of the tickets whose node stopped renewing them.
local function sweep(now)
  local dead = redis.call('ZRANGEBYSCORE', LEASES, '-inf', '(' .. num(now - LEASE), 'LIMIT', 0, SWEEP)
  for _, session in ipairs(dead) do
    if not dropsession(session) then redis.call('ZREM', LEASES, session) end
  end
end

local function alive(session, now)
  local renewed = redis.call('ZSCORE', LEASES, session)
  return renewed and tonumber(renewed) >= now - LEASE
end
