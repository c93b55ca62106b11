-- One heartbeat: renews the caller's place, notices the dead, renews and hands
-- out burials, and answers with everybody who is alive. All times are
-- milliseconds of this Redis, so that nodes' clocks do not matter.
--
-- KEYS 1 seen   zset  node -> time of its last heartbeat
--      2 info   hash  node -> its description (JSON)
--      3 dead   zset  node to bury -> end of the burier's lease; 0: unclaimed
--      4 burier hash  node to bury -> who holds the lease
--      5 state  hash  epoch: changes when Redis was emptied
--                     grace: nobody is declared dead before this time
--                     terms: counts admissions
--      6 term   hash  node -> number of its admission. A node that was removed
--                     and comes back gets another one, and so learns of it, even
--                     when the answer that said so first got lost
-- ARGV 1 self  2 description  3 dead after  4 quiet limit  5 lease  6 how many
--      burials may be claimed  7 epoch to use if there is none
--      8.. nodes the caller is burying
-- Returns { term, epoch, declared, claimed ids, lost ids, info pairs }; term is
--      '' when somebody is burying the caller just now: it is not admitted yet.
local seen, info, dead, burier, state, terms = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local self = ARGV[1]
local deadAfter, quiet, lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
local function text(n) return string.format('%.0f', n) end

-- The clock of Redis may have been set back, or another server with another
-- clock has taken over: what lies in the future starts again from now.
for _, id in ipairs(redis.call('ZRANGEBYSCORE', seen, '(' .. text(now), '+inf')) do
  redis.call('ZADD', seen, text(now), id)
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', dead, '(' .. text(now + lease), '+inf')) do
  redis.call('ZADD', dead, text(now + lease), id)
end

local epoch = redis.call('HGET', state, 'epoch')
if not epoch then
  epoch = ARGV[7]
  redis.call('HSET', state, 'epoch', epoch)
end

-- When nobody at all has been heard for a while, it was Redis that was away (or
-- everybody): the silence of the others proves nothing, and all get a fresh
-- period of grace.
local grace = math.min(tonumber(redis.call('HGET', state, 'grace') or '0'), now + deadAfter)
local newest = redis.call('ZREVRANGE', seen, 0, 0, 'WITHSCORES')
if newest[2] and now - tonumber(newest[2]) > quiet then
  grace = now + deadAfter
  redis.call('HSET', state, 'grace', text(grace))
end

local burial = redis.call('ZSCORE', dead, self)
if burial then
  if tonumber(burial) > now then
    return { '', epoch, 0, {}, {}, {} }
  end
  redis.call('ZREM', dead, self)
  redis.call('HDEL', burier, self)
end
local term = redis.call('HGET', terms, self)
if not term or not redis.call('ZSCORE', seen, self) then
  term = tostring(redis.call('HINCRBY', state, 'terms', 1))
  redis.call('HSET', terms, self, term)
end
redis.call('ZADD', seen, text(now), self)
redis.call('HSET', info, self, ARGV[2])

local declared = 0
if now >= grace then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', '(' .. text(now - deadAfter))) do
    redis.call('ZREM', seen, id)
    redis.call('HDEL', info, id)
    redis.call('HDEL', terms, id)
    redis.call('ZADD', dead, 0, id)
    declared = declared + 1
  end
end

local lost = {}
for i = 8, #ARGV do
  if redis.call('HGET', burier, ARGV[i]) == self and redis.call('ZSCORE', dead, ARGV[i]) then
    redis.call('ZADD', dead, text(now + lease), ARGV[i])
  else
    lost[#lost + 1] = ARGV[i]
  end
end

local claimed = {}
local limit = tonumber(ARGV[6])
if limit > 0 then
  claimed = redis.call('ZRANGEBYSCORE', dead, '-inf', text(now), 'LIMIT', 0, limit)
  for _, id in ipairs(claimed) do
    redis.call('ZADD', dead, text(now + lease), id)
    redis.call('HSET', burier, id, self)
  end
end

return { term, epoch, declared, claimed, lost, redis.call('HGETALL', info) }
