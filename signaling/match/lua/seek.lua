-- Finding a partner for one ticket. Put between queue.lua and the script itself.
--
-- A search goes through lists of waiting tickets, each oldest first:
--   1. one list for each of its interests: the best of what they hold is taken,
--      by shared interests (SHARED_CAP count), then same language, then age;
--   2. its own language, unless it still insists on an interest: nobody left here
--      shares one, so the first who fits is the best;
--   3. the language '' while it insists on its language, afterwards everybody.
-- It looks at about SCAN tickets a call. If that was not enough the place is kept
-- in its state, and the next Poll goes on from there.
--
-- A state is 'due|stage|list|from|spare': when to search next (0: at once), what
-- the ticket insisted on, the place, and the best recent partner seen so far.

local function insists(t, now)
  local waited = now - t.joined
  return t.interests ~= '' and waited < INTERESTS_FOR, t.language ~= '' and waited < LANGUAGE_FOR
end

-- Whether a, for its part, takes b.
local function accepts(a, b, shared, now)
  local waited = now - a.joined
  if waited < INTERESTS_FOR and a.interests ~= '' and shared == 0 then return false end
  if waited < LANGUAGE_FOR and a.language ~= '' and b.language ~= '' and a.language ~= b.language then return false end
  if waited < REGION_FOR and a.region ~= b.region then return false end
  return true
end

-- Prepares a ticket to look for others.
local function seeker(t)
  t.tags = {}
  for interest in string.gmatch(t.interests, '[^\t]+') do
    t.tags[#t.tags + 1] = '\t' .. interest .. '\t'
  end
  return t
end

local function blocked(self, other)
  if self.hasblocks then
    if not self.blockset then
      self.blockset = {}
      local list = self.blocks or redis.call('HGET', BLOCKS, self.session) or ''
      for device in string.gmatch(list, '[^,]+') do self.blockset[device] = true end
    end
    if self.blockset[other.device] then return true end
  end
  if other.hasblocks then
    local list = redis.call('HGET', BLOCKS, other.session) or ''
    if string.find(list, ',' .. self.device .. ',', 1, true) then return true end
  end
  return false
end

-- 'yes', 'again' (fits, but the two have just met), or nil.
local function judge(self, other, now)
  if other.session == self.session or other.device == self.device or gone[other.session] then return nil end
  local shared = 0
  if other.interests ~= '' then
    for _, tag in ipairs(self.tags) do
      if string.find(other.interests, tag, 1, true) then shared = shared + 1 end
    end
  end
  if not (accepts(self, other, shared, now) and accepts(other, self, shared, now)) then return nil end
  local met = string.find(self.recent, ',' .. other.device .. ',', 1, true)
    or string.find(other.recent, ',' .. self.device .. ',', 1, true)
  if met and (now - self.joined < REMATCH_AFTER or now - other.joined < REMATCH_AFTER) then return nil end
  if blocked(self, other) then return nil end
  if not alive(other.session, now) then
    drop(other)
    return nil
  end
  other.shared = math.min(shared, SHARED_CAP)
  other.same = self.language ~= '' and self.language == other.language
  return met and 'again' or 'yes'
end

local function better(a, b)
  if not b then return true end
  if a.shared ~= b.shared then return a.shared > b.shared end
  if a.same ~= b.same then return a.same end
  return a.joined < b.joined
end

-- When a ticket that has seen everybody has a reason to look again: as soon as it
-- accepts more. (If another one accepts more, that one's search finds this one.)
local function nextsearch(t, now)
  local due = now + RESCAN
  for _, after in ipairs({ REMATCH_AFTER, INTERESTS_FOR, LANGUAGE_FOR, REGION_FOR }) do
    local at = t.joined + after
    if at > now and at < due then due = at end
  end
  return num(due) .. '||||'
end

local function isdue(state, now)
  return tonumber(string.match(state, '^%d+')) <= now
end

-- Returns the partner and nil, or nil and the state to keep; then the number of
-- tickets looked at.
local function seek(self, now, state)
  local byinterest, bylanguage = insists(self, now)
  local stage = (byinterest and 'i' or '') .. (bylanguage and 'l' or '')
  local lists = {}
  for _, tag in ipairs(self.tags) do lists[#lists + 1] = base .. 'i:' .. string.sub(tag, 2, -2) end
  if not byinterest then
    if self.language ~= '' then lists[#lists + 1] = base .. 'g:' .. self.language end
    lists[#lists + 1] = bylanguage and base .. 'g:' or QUEUE
  end

  local list, from, best, spare, looked = 1, '-inf', nil, nil, 0
  local seen = { [self.session] = true }
  local _, oldstage, oldlist, oldfrom, oldspare = string.match(state, '^(%d+)|(%a*)|(%d+)|([^|]+)|(.*)$')
  if oldstage == stage then
    list, from = tonumber(oldlist), oldfrom
    local found = oldspare ~= '' and redis.call('HGET', TICKETS, oldspare)
    if found then
      local other = parse(oldspare, found)
      if judge(self, other, now) == 'again' then spare = other end
    end
  end

  local size = 8 -- the first page is small: it is mostly all that is needed
  while lists[list] do
    local single = list > #self.tags
    if single and best then return best, nil, looked end
    if looked >= SCAN then
      if best then return best, nil, looked end
      return nil, table.concat({ '0', stage, list, from, spare and spare.session or '' }, '|'), looked
    end
    local page = redis.call('ZRANGEBYSCORE', lists[list], from, '+inf', 'LIMIT', 0, size)
    local records = #page > 0 and redis.call('HMGET', TICKETS, unpack(page)) or {}
    local first, last
    for i, session in ipairs(page) do
      if not records[i] then
        redis.call('ZREM', lists[list], session) -- an index entry without its ticket
      else
        local other = parse(session, records[i])
        first, last = first or other.joined, other.joined
        if not seen[session] then
          seen[session] = true
          local verdict = judge(self, other, now)
          if verdict == 'yes' and better(other, best) then
            best = other
            if single then return best, nil, looked + i end
          elseif verdict == 'again' and better(other, spare) then
            spare = other
          end
        end
      end
    end
    looked = looked + #page
    if #page < size then
      list, from = list + 1, '-inf'
    elseif last then
      -- Go on at the last one's time, as more may have joined in that microsecond:
      -- up to PAGE are found.
      from = (first == last and size == PAGE and '(' or '') .. num(last)
    end
    size = math.min(size * 4, PAGE)
  end
  if best then return best, nil, looked end
  if spare then
    spare.rematch = true
    return spare, nil, looked
  end
  return nil, nextsearch(self, now), looked
end

-- Takes both out of the queue and describes the pair, from self's side.
local function claim(self, other, reply)
  drop(other)
  local shared = {}
  for _, tag in ipairs(self.tags) do
    if string.find(other.interests, tag, 1, true) then shared[#shared + 1] = string.sub(tag, 2, -2) end
  end
  for _, v in ipairs({ other.session, other.device, other.node, num(other.joined),
    table.concat(shared, '\t'), other.same and self.language or '', other.rematch and '1' or '0' }) do
    reply[#reply + 1] = v
  end
  return reply
end
