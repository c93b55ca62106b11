-- Takes the session of record KEYS[1] away from the dead node ARGV[1]; it may be resumed for ARGV[2] ms.
-- Returns the pair it was in, empty if it was in none, or nil if it is not the dead node's any more.
local r = redis.call('HMGET', KEYS[1], 'node', 'pair')
if r[1] ~= ARGV[1] then
  return false
end
redis.call('HSET', KEYS[1], 'node', '', 'pair', '')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return r[2] or ''
