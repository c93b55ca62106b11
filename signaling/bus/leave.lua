-- A clean stop: the node removes itself, and there is nothing to bury.
--
-- KEYS 1 seen  2 info  3 term, as in beat.lua
-- ARGV 1 self
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
