-- How many ms old an entry is by the clock of the server that stamped it; -1: it is gone. KEYS: stream. ARGV: entry.
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then
  return -1
end
local now = redis.call('TIME')
return now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(string.match(ARGV[1], '^%d+'))
