-- Ends a burial that the caller holds: for good, or so that another node takes
-- it up at its next heartbeat.
--
-- KEYS 1 dead  2 burier, as in beat.lua
-- ARGV 1 self  2 dead node  3 'done' or 'release'
-- Returns 1, or 0 when the caller no longer holds the lease.
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[1] then
  return 0
end
redis.call('HDEL', KEYS[2], ARGV[2])
if ARGV[3] == 'done' then
  redis.call('ZREM', KEYS[1], ARGV[2])
else
  redis.call('ZADD', KEYS[1], 'XX', 0, ARGV[2])
end
return 1
