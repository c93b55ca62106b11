-- Puts a frame into the stream. KEYS: stream. ARGV: most entries, ms that an unused stream lives, then the entry.
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'id', ARGV[3], 'node', ARGV[4], 'frame', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return entry
