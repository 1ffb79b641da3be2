-- The types of fields: what a definition may say, and what a submitted value must be.

local M = {}

local LONGEST_LINE, LONGEST_TEXT, LARGEST_FILE = 1000, 50000, 768000

-- A text as it will be kept; a number is written out, since JSON clients send either.
local function as_text(value)
  if type(value) == "number" then
    return tostring(value)
  elseif type(value) == "string" then
    return value
  end
end

-- Bytes that begin a character: what people count.
local function length(text)
  local _, continued = text:gsub("[\128-\191]", "")
  return #text - continued
end

local function text_of(most)
  return function(value, field)
    local text = as_text(value)
    if not text then
      return nil, "must be a text"
    end
    local rules = field.validation_rules or {}
    local count = length(text)
    if rules.min_length and count < rules.min_length then
      return nil, "must have at least " .. rules.min_length .. " characters"
    end
    if count > math.min(rules.max_length or most, most) then
      return nil, "must have at most " .. math.min(rules.max_length or most, most) .. " characters"
    end
    return text
  end
end

local line = text_of(LONGEST_LINE)

local function matching(pattern, fault)
  return function(value, field)
    local text, wrong = line(value, field)
    if not text then
      return nil, wrong
    end
    if not text:find(pattern) then
      return nil, fault
    end
    return text
  end
end

local function number(value)
  -- The length first: on a long line of digits this pattern would try every way to divide it.
  if type(value) == "string" and #value <= 40 and value:find("^%s*[+-]?%d*%.?%d*[eE]?[+-]?%d*%s*$") then
    value = tonumber(value)
  end
  if type(value) ~= "number" or value ~= value or value == math.huge or value == -math.huge then
    return nil, "must be a number"
  end
  return value
end

local function choice(value, field)
  for _, option in ipairs(field.options or {}) do
    if value == option or as_text(value) == option then
      return option
    end
  end
  return nil, "must be one of the options"
end

local CHECKED = { [true] = true, on = true, ["true"] = true, ["1"] = true, [1] = true }
local UNCHECKED = { [false] = true, off = true, ["false"] = true, ["0"] = true, [0] = true, [""] = true }

local function checkbox(value, field)
  if CHECKED[value] then
    return true
  elseif not UNCHECKED[value] then
    return nil, "must be true or false"
  elseif field.required then
    return nil, "must be checked"
  end
  return false
end

-- Base64, as text or as {name, type, data}; a data: address is taken too.
local function file(value, field)
  local given = type(value) == "table" and value or { data = value }
  local data = given.data
  if type(data) ~= "string" then
    return nil, "must be a file in base64"
  end
  data = data:gsub("^data:[^,]*;base64,", "")
  if not data:find("^[%w+/_-]*=?=?$") then
    return nil, "must be a file in base64"
  end
  local most = math.min((field.validation_rules or {}).max_file_size or LARGEST_FILE, LARGEST_FILE)
  if math.floor(#data * 3 / 4) > most + 2 then
    return nil, "must have at most " .. most .. " bytes"
  end
  local kept = { data = data }
  for _, key in ipairs({ "name", "type" }) do
    if type(given[key]) == "string" then
      kept[key] = given[key]:gsub("[%c/\\]", "_"):sub(1, 200)
    end
  end
  return kept
end

local CHECKS = {
  text = line,
  textarea = text_of(LONGEST_TEXT),
  email = matching("^[^%s@]+@[^%s@.]+%.[^%s@]+$", "must be an e-mail address"),
  number = number,
  tel = line,
  url = matching("^https?://[^%s]+$", "must be an address that begins with http:// or https://"),
  date = line,
  time = line,
  datetime = line,
  select = choice,
  radio = choice,
  checkbox = checkbox,
  hidden = line,
  file = file,
}

-- Checks what was submitted for a field that is not empty: the value to keep, or nil and what is wrong with it.
function M.check(value, field)
  return CHECKS[field.field_type](value, field)
end

function M.has_options(field_type)
  return field_type == "select" or field_type == "radio"
end

-- What is wrong with a definition's parts; nil: nothing.

function M.fault(field_type)
  if not CHECKS[field_type] then
    return "must be one of: text textarea email number tel url date time datetime select radio checkbox hidden file"
  end
end

function M.options_fault(options)
  local count = 0
  for key, option in pairs(options) do
    count = count + 1
    if type(key) ~= "number" or type(option) ~= "string" or #option > LONGEST_LINE then
      return "must be a list of texts"
    end
  end
  if count > 500 then
    return "has more than 500 items"
  end
end

local RULES = { min_length = LONGEST_TEXT, max_length = LONGEST_TEXT, max_file_size = LARGEST_FILE }

function M.rules_fault(rules)
  for name, value in pairs(rules) do
    local most = RULES[name]
    if not most then
      return "has the unknown rule '" .. tostring(name) .. "': min_length, max_length and max_file_size are known"
    elseif type(value) ~= "number" or value % 1 ~= 0 or value < 0 or value > most then
      return "has a " .. name .. " that is no whole number from 0 to " .. most
    end
  end
end

return M
