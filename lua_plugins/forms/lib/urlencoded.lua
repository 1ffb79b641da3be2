-- Bodies of HTML forms that are sent without a script.

local answers = require("answers")

local M = {}

local function unescaped(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

function M.is(req)
  return (req.headers["content-type"] or ""):find("^application/x%-www%-form%-urlencoded") ~= nil
end

-- By name; of several values the last.
function M.parsed(body)
  local found, count = {}, 0
  for pair in body:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    found[unescaped(name)] = unescaped(value)
    count = count + 1
    if count > 500 then
      answers.refuse(400, "the form has too many values")
    end
  end
  return found
end

return M
