-- Writes the record KEYS[1] for node ARGV[1] at epoch ARGV[2]: device ARGV[3], pair ARGV[4], time to live ARGV[5] ms.
-- Returns 0, changing nothing, when another node has taken the session over.
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
if epoch > tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[1], 'node', ARGV[1], 'epoch', ARGV[2], 'device', ARGV[3], 'pair', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
