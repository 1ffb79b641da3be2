-- `log`: lines go along with the next message to the server; nothing waits for them.

local _, _, tell, kit = ...

local encode = kit.env.json and kit.env.json.encode
local MOST = 20

-- As it is now: the plugin may change a table before the line is written.
local function shown(value)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" then
    return value
  elseif kind == "table" and encode then
    local ok, text = pcall(encode, value)
    return ok and text or "a table"
  end
  return "a " .. kind
end

local log = {}

for _, level in ipairs({ "debug", "info", "warn", "error" }) do
  log[level] = function(message, fields)
    local kept
    if type(fields) == "table" then
      local count = 0
      kept = {}
      for key, value in next, fields do
        if count < MOST and (type(key) == "string" or type(key) == "number") then
          kept[tostring(key)], count = shown(value), count + 1
        end
      end
    end
    tell("log." .. level, type(message) == "string" and message or tostring(message), kept)
  end
end

return log
