-- Makes ARGV[1] the home node of the session whose record is KEYS[1].
-- Returns node, new epoch, pair and device as they were, or nil without a record.
local r = redis.call('HMGET', KEYS[1], 'node', 'pair', 'device')
if not r[3] then
  return false
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'node', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {r[1] or '', tostring(epoch), r[2] or '', r[3]}
