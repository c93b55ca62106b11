-- Renews the leases of some tickets of one node, and searches for those whose
-- turn it is.
-- ARGV: clock, '1' to take out those who waited WIDEN (they move to another queue), sessions...
-- Returns {number of sessions dealt with, event...}; it stops early after CALL
-- tickets were looked at, and the caller asks again for the rest. An event is
-- {index, 'missing'}, {index, 'move', joined} or {index, 'match', joined, partner...}.
local now = clock(ARGV[1])
local fields = {}
for i = 3, #ARGV do
  fields[#fields + 1] = ARGV[i]
  fields[#fields + 1] = ARGV[i] .. ':s'
end
local found = redis.call('HMGET', TICKETS, unpack(fields))

local renew = {}
for i = 1, #fields, 2 do
  if found[i] then
    renew[#renew + 1] = num(now)
    renew[#renew + 1] = fields[i]
  end
end
if #renew > 0 then redis.call('ZADD', LEASES, unpack(renew)) end
sweep(now)

local events, done, looked = {}, 0, 0
for i = 1, #fields, 2 do
  done = done + 1
  local session, state = fields[i], found[i + 1]
  if not found[i] or gone[session] then
    events[#events + 1] = { done, 'missing' }
  else
    local self = parse(session, found[i])
    if ARGV[2] == '1' and now - self.joined >= WIDEN then
      drop(self)
      events[#events + 1] = { done, 'move', num(self.joined) }
    elseif not state or isdue(state, now) then
      local other, kept, n = seek(seeker(self), now, state or '0||||')
      looked = looked + n
      if other then
        drop(self)
        events[#events + 1] = claim(self, other, { done, 'match', num(self.joined) })
      else
        redis.call('HSET', TICKETS, session .. ':s', kept)
        keepkeys(self)
      end
      if looked >= CALL then break end
    end
  end
end
table.insert(events, 1, done)
return events
