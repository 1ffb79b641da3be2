-- How many words a value has, whatever it is made of.

local M = {}

-- Chinese and Japanese put no spaces between words; a sign is read in about two fifths of the time of a word.
local SIGN, OF_A_WORD = "[\227-\233][\128-\191][\128-\191]", 0.4

local function in_text(text)
  text = text:gsub("<[^<>]*>", " ") -- without `<`: it would look for the end of each one through the whole text
  local rest, signs = text:gsub(SIGN, " ")
  if signs == 0 and not text:find("%S%s+%S") then
    return 0 -- a single word is an id, a slug or a choice
  end
  local _, count = rest:gsub("[%w\128-\255]+[^%s]*", "")
  return count + signs * OF_A_WORD
end

-- Texts inside of blocks and rich text count wherever they are.
function M.count(value)
  if type(value) == "string" then
    return in_text(value)
  elseif type(value) ~= "table" then
    return 0
  end
  local count, waiting = 0, { value }
  while #waiting > 0 do
    for _, one in pairs(table.remove(waiting)) do
      if type(one) == "string" then
        count = count + in_text(one)
      elseif type(one) == "table" then
        waiting[#waiting + 1] = one
      end
    end
  end
  return count
end

return M
