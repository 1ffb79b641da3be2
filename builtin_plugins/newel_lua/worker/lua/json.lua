-- `json`: encode and decode, RFC 8259. Written for a machine that counts instructions: what can be found by one call of
-- a string function is never walked through.

local _, _, _, kit = ...

local byte, char, find, format, gsub, match, sub =
  string.byte, string.char, string.find, string.format, string.gsub, string.match, string.sub
local concat, sort = table.concat, table.sort
local floor, huge = math.floor, math.huge
local next, type, tostring, tonumber, setmetatable, getmetatable, rawequal =
  next, type, tostring, tonumber, setmetatable, getmetatable, rawequal

local DEEPEST = 128
local LONGEST = 8 * 1024 * 1024
local ARRAY = kit.array
local REPLACEMENT = "\239\191\189"

-- Text -----------------------------------------------------------------------------------------------------------------

-- How many bytes a well-formed sequence has at `at` (Unicode, table 3-7); 1 and false where there is none.
local function sequence(text, at)
  local a, b, c, d = byte(text, at, at + 3)
  local function follows(one)
    return one and one >= 0x80 and one <= 0xBF
  end
  if a >= 0xC2 and a <= 0xDF then
    if follows(b) then return 2, true end
  elseif a >= 0xE0 and a <= 0xEF then
    if follows(b) and follows(c) and not (a == 0xE0 and b < 0xA0) and not (a == 0xED and b > 0x9F) then
      return 3, true
    end
  elseif a >= 0xF0 and a <= 0xF4 then
    if follows(b) and follows(c) and follows(d) and not (a == 0xF0 and b < 0x90) and not (a == 0xF4 and b > 0x8F) then
      return 4, true
    end
  end
  return 1, false
end

-- A run of bytes beyond ASCII; what is no UTF-8 in it becomes U+FFFD.
local function mended(run)
  local at, from, parts = 1, 1, nil
  while at <= #run do
    local length, good = sequence(run, at)
    if not good then
      parts = parts or {}
      parts[#parts + 1] = sub(run, from, at - 1)
      parts[#parts + 1] = REPLACEMENT
      from = at + 1
    end
    at = at + length
  end
  if parts then
    parts[#parts + 1] = sub(run, from)
    return concat(parts)
  end
end

local function utf8(text)
  return find(text, "[\128-\255]") and gsub(text, "[\128-\255]+", mended) or text
end

-- Encoding -------------------------------------------------------------------------------------------------------------

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
for code = 0, 31 do
  ESCAPES[char(code)] = ESCAPES[char(code)] or format("\\u%04x", code)
end

local function quoted(text)
  if find(text, '[%c"\\]') then
    text = gsub(text, '[%z\1-\31"\\]', ESCAPES)
  end
  return '"' .. utf8(text) .. '"'
end

local function number(value)
  if value ~= value or value == huge or value == -huge then
    kit.fault("json.encode: " .. tostring(value) .. " is no number of JSON")
  elseif value == floor(value) and value > -1e15 and value < 1e15 then
    return format("%.0f", value)
  end
  local short = format("%.15g", value)
  return tonumber(short) == value and short or format("%.17g", value)
end

local write

-- The length of a list: keys 1 to n and no other; nil for every other table, and for the empty one.
local function length_of(value)
  local count, largest = 0, 0
  for key in next, value do
    if type(key) ~= "number" or key < 1 or key ~= floor(key) then
      return nil
    end
    count = count + 1
    if key > largest then
      largest = key
    end
  end
  return count > 0 and count == largest and count or nil
end

local function key_of(key)
  if type(key) == "string" then
    return key
  elseif type(key) == "number" then
    return number(key)
  end
  kit.fault("json.encode: a key is a " .. type(key) .. "; strings and numbers can be keys")
end

local function write_table(value, parts, depth)
  if depth > DEEPEST then
    kit.fault("json.encode: nested deeper than " .. DEEPEST .. " levels, or a table that contains itself")
  end
  local length = length_of(value)
  if length then
    parts[#parts + 1] = "["
    for at = 1, length do
      if at > 1 then
        parts[#parts + 1] = ","
      end
      write(value[at], parts, depth)
    end
    parts[#parts + 1] = "]"
    return
  elseif next(value) == nil then
    parts[#parts + 1] = rawequal(getmetatable(value), ARRAY) and "[]" or "{}"
    return
  end
  -- In order of their names: the same table is the same text.
  local names, values, count = {}, {}, 0
  for key, one in next, value do
    local name = key_of(key)
    if values[name] == nil then
      count = count + 1
      names[count] = name
    end
    values[name] = one
  end
  sort(names)
  for at = 1, count do
    parts[#parts + 1] = (at == 1 and "{" or ",") .. quoted(names[at]) .. ":"
    write(values[names[at]], parts, depth)
  end
  parts[#parts + 1] = "}"
end

function write(value, parts, depth)
  local kind = type(value)
  if kind == "string" then
    parts[#parts + 1] = quoted(value)
  elseif kind == "number" then
    parts[#parts + 1] = number(value)
  elseif kind == "table" then
    write_table(value, parts, depth + 1)
  elseif kind == "boolean" then
    parts[#parts + 1] = value and "true" or "false"
  elseif kind == "nil" then
    parts[#parts + 1] = "null"
  else
    kit.fault("json.encode: a " .. kind .. " cannot be encoded")
  end
end

local json = {}

function json.encode(value)
  local parts = {}
  write(value, parts, 0)
  local text = concat(parts)
  if #text > LONGEST then
    kit.fault("json.encode: more than " .. LONGEST .. " bytes")
  end
  return text
end

-- Decoding -------------------------------------------------------------------------------------------------------------

local function wrong(text, at, why)
  local before = sub(text, 1, at - 1)
  local _, lines = gsub(before, "\n", "")
  kit.fault(format("json.decode: %s at line %d, column %d", why, lines + 1, at - #(match(before, "^.*\n") or "")))
end

local function after_space(text, at)
  return find(text, "[^ \t\r\n]", at) or #text + 1
end

local PLAIN = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function encoded(code)
  if code < 0x80 then
    return char(code)
  elseif code < 0x800 then
    return char(0xC0 + floor(code / 0x40), 0x80 + code % 0x40)
  elseif code < 0x10000 then
    return char(0xE0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return char(0xF0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40, 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

-- The escape whose backslash is at `at`: its text, and where it ends. A half of a pair is U+FFFD.
local function unescaped(text, at)
  local letter = sub(text, at + 1, at + 1)
  if PLAIN[letter] then
    return PLAIN[letter], at + 2
  end
  local hex = letter == "u" and match(text, "^%x%x%x%x", at + 2)
  if not hex then
    wrong(text, at, "a wrong escape")
  end
  local code = tonumber(hex, 16)
  if code >= 0xD800 and code <= 0xDBFF then
    local low = tonumber(match(text, "^\\u([dD][c-fC-F]%x%x)", at + 6) or "", 16)
    if low then
      return encoded(0x10000 + (code - 0xD800) * 0x400 + low - 0xDC00), at + 12
    end
  end
  if code >= 0xD800 and code <= 0xDFFF then
    return REPLACEMENT, at + 6
  end
  return encoded(code), at + 6
end

-- `at` is behind the quotation mark that begins it.
local function read_text(text, at)
  local parts, count, from = nil, 0, at
  while true do
    local stop = find(text, '[%z\1-\31"\\]', from)
    if not stop then
      wrong(text, #text + 1, "a string without an end")
    end
    local letter = byte(text, stop)
    if letter == 34 then
      local last = sub(text, from, stop - 1)
      if parts then
        parts[count + 1] = last
        last = concat(parts)
      end
      return utf8(last), stop + 1
    elseif letter ~= 92 then
      wrong(text, stop, "a control character in a string")
    end
    parts = parts or {}
    parts[count + 1] = sub(text, from, stop - 1)
    parts[count + 2], from = unescaped(text, stop)
    count = count + 2
  end
end

local function read_number(text, at)
  local whole = match(text, "^-?0", at) and match(text, "^-?0()", at) or match(text, "^-?[1-9]%d*()", at)
  local stop = whole
  if not stop then
    wrong(text, at, "a wrong number")
  end
  stop = match(text, "^%.%d+()", stop) or stop
  stop = match(text, "^[eE][+-]?%d+()", stop) or stop
  if find(text, "^[%w.+-]", stop) then
    wrong(text, at, "a wrong number")
  end
  local value = tonumber(sub(text, at, stop - 1))
  if value == huge or value == -huge then
    wrong(text, at, "a number that is too large")
  end
  return value, stop
end

local read

local function read_list(text, at, depth)
  local made, count = {}, 0
  at = after_space(text, at)
  if byte(text, at) == 93 then
    return setmetatable(made, ARRAY), at + 1
  end
  while true do
    count = count + 1
    made[count], at = read(text, at, depth)
    at = after_space(text, at)
    local letter = byte(text, at)
    if letter == 93 then
      return made, at + 1
    elseif letter ~= 44 then
      wrong(text, at, "',' or ']' is missing")
    end
    at = after_space(text, at + 1)
  end
end

local function read_object(text, at, depth)
  local made = {}
  at = after_space(text, at)
  if byte(text, at) == 125 then
    return made, at + 1
  end
  while true do
    if byte(text, at) ~= 34 then
      wrong(text, at, "a name in quotation marks is missing")
    end
    local name
    name, at = read_text(text, at + 1)
    at = after_space(text, at)
    if byte(text, at) ~= 58 then
      wrong(text, at, "':' is missing")
    end
    made[name], at = read(text, after_space(text, at + 1), depth)
    at = after_space(text, at)
    local letter = byte(text, at)
    if letter == 125 then
      return made, at + 1
    elseif letter ~= 44 then
      wrong(text, at, "',' or '}' is missing")
    end
    at = after_space(text, at + 1)
  end
end

local WORDS = { [116] = "true", [102] = "false", [110] = "null" }

function read(text, at, depth)
  local letter = byte(text, at)
  if letter == 34 then
    return read_text(text, at + 1)
  elseif letter == 123 or letter == 91 then
    if depth >= DEEPEST then
      wrong(text, at, "nested deeper than " .. DEEPEST .. " levels")
    end
    return (letter == 123 and read_object or read_list)(text, at + 1, depth + 1)
  elseif letter == nil then
    wrong(text, at, "a value is missing")
  end
  local word = WORDS[letter]
  if word then
    if sub(text, at, at + #word - 1) ~= word then
      wrong(text, at, "a wrong word")
    end
    if letter == 110 then
      return nil, at + 4
    end
    return letter == 116, at + #word
  elseif letter == 45 or (letter >= 48 and letter <= 57) then
    return read_number(text, at)
  end
  wrong(text, at, "a value is missing")
end

function json.decode(text)
  if type(text) ~= "string" then
    kit.fault("json.decode: a string is expected, got " .. type(text))
  elseif #text > LONGEST then
    kit.fault("json.decode: more than " .. LONGEST .. " bytes")
  end
  local value, at = read(text, after_space(text, 1), 0)
  at = after_space(text, at)
  if at <= #text then
    wrong(text, at, "more than one value")
  end
  return value
end

return json
