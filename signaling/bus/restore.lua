-- After Redis came back empty: puts back the nodes that the caller knew, as if
-- heard just now. Those alive will beat; those that died meanwhile will be
-- declared dead and buried like any other.
--
-- KEYS 1 seen  2 info  3 dead, as in beat.lua
-- ARGV node, description, node, description, ...
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
for i = 1, #ARGV, 2 do
  if not redis.call('ZSCORE', KEYS[3], ARGV[i]) then
    if redis.call('ZADD', KEYS[1], 'NX', string.format('%.0f', now), ARGV[i]) == 1 then
      redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
    end
  end
end
return 0
