-- What is given as JSON, checked against a list of rules. Unknown names are refused: a typo must not pass for a change.

local answers = require("answers")

local M = {}

local KINDS = {
  text = function(value, rule)
    if type(value) ~= "string" then
      return nil, "must be a text"
    elseif #value > (rule.most or 1000) then
      return nil, "takes at most " .. (rule.most or 1000) .. " bytes"
    elseif rule.needed and not value:find("%S") then
      return nil, "must not be empty"
    end
    return value
  end,
  flag = function(value)
    if type(value) ~= "boolean" then
      return nil, "must be true or false"
    end
    return value and 1 or 0
  end,
  number = function(value, rule)
    if type(value) ~= "number" or value % 1 ~= 0 or value < rule.least or value > rule.most then
      return nil, "must be a whole number from " .. rule.least .. " to " .. rule.most
    end
    return value
  end,
  json = function(value)
    if type(value) ~= "table" then
      return nil, "must be an object or a list"
    end
    local written = json.encode(value)
    if #written > 20000 then
      return nil, "is too large"
    end
    return written
  end,
}

-- The columns to write. `given` may leave out what is not needed; `whole` says that all is there (a new row).
function M.columns(given, rules, whole)
  local columns = {}
  for name, value in pairs(given) do
    local rule = rules[name]
    if not rule then
      answers.refuse(400, "unknown field '" .. tostring(name) .. "'")
    end
    if not rule.skip then
      local column, fault = KINDS[rule.kind](value, rule)
      if fault then
        answers.refuse(400, name .. " " .. fault)
      end
      if rule.check then
        fault = rule.check(value)
        if fault then
          answers.refuse(400, name .. " " .. fault)
        end
      end
      columns[name] = column
    end
  end
  for name, rule in pairs(rules) do
    if whole and rule.needed and columns[name] == nil then
      answers.refuse(400, name .. " is required")
    end
  end
  return columns
end

-- A column of JSON text as a value; nil where it is empty.
function M.decoded(text)
  if text == nil or text == "" then
    return nil
  end
  return json.decode(text)
end

return M
