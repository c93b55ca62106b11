-- Matches a new ticket with one that waits, or lets it wait.
-- ARGV: clock, when to wait ('always', 'never', 'widened': only if it waited WIDEN),
--       session, device, node, joined ('0': now), language, region, recent, interests, blocks
-- Returns {'match', joined, partner...}, {'wait', joined} or {'none', joined}.
local now = clock(ARGV[1])
local joined = tonumber(ARGV[6])
if joined == 0 or joined > now then joined = now end
local self = seeker({
  session = ARGV[3], device = ARGV[4], node = ARGV[5], joined = joined, language = ARGV[7],
  region = ARGV[8], recent = ARGV[9], interests = ARGV[10], blocks = ARGV[11], hasblocks = ARGV[11] ~= '',
})
sweep(now)
dropsession(self.session) -- one session has one ticket
gone[self.session] = nil

local other, state = seek(self, now, '0||||')
if other then return claim(self, other, { 'match', num(joined) }) end
if ARGV[2] == 'always' or (ARGV[2] == 'widened' and now - joined >= WIDEN) then
  enqueue(self, now, state)
  return { 'wait', num(joined) }
end
return { 'none', num(joined) }
