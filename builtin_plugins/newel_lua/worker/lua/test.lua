-- `test`: what test files use. It is there under `newel lua test` only.
--
-- Assertions note what fails and go on. Whatever ends a test early is a failure too.

local host, _, _, kit = ...
local env = kit.env

local MOST_FAILURES, LONGEST = 50, 2000

local state

local function fresh()
  state = { assertions = 0, failures = {}, setup = {}, teardown = {} }
end
fresh()

local function shown(value, level)
  level = level or 1
  if type(value) == "string" then
    return #value > 200 and string.format("%q...", value:sub(1, 200)) or string.format("%q", value)
  elseif type(value) ~= "table" then
    return tostring(value)
  elseif level > 4 then
    return "{...}"
  end
  local parts, keys = {}, {}
  for key in pairs(value) do
    keys[#keys + 1] = key
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  for index = 1, math.min(#keys, 30) do
    local key = keys[index]
    local name = type(key) == "string" and key .. " = " or "[" .. tostring(key) .. "] = "
    parts[index] = (key == index and "" or name) .. shown(value[key], level + 1)
  end
  if #keys > 30 then
    parts[#parts + 1] = "..."
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- The line of the test file that asked, through however many functions of its own and of lib/.
local function line()
  local nearest
  for level = 2, 40 do
    local info = debug.getinfo(level, "Sl")
    if not info then
      break
    end
    if info.source:sub(1, 6) == "@test/" and info.currentline > 0 then
      return info.currentline
    end
    nearest = nearest or (info.source:sub(1, 1) == "@" and info.currentline) or nil
  end
  return nearest or 0
end

local function failed(message, at, trace)
  if #state.failures < MOST_FAILURES then
    state.failures[#state.failures + 1] = { message = message:sub(1, LONGEST), line = at or line(), error = trace }
  end
  return false
end

local function judged(good, message, default)
  state.assertions = state.assertions + 1
  if good then
    return true
  end
  if message ~= nil then
    default = tostring(message) .. ": " .. default
  end
  return failed(default)
end

local function same(one, other, seen)
  if one == other then
    return true
  elseif type(one) ~= "table" or type(other) ~= "table" then
    return false
  end
  seen = seen or {}
  if seen[one] == other then
    return true
  end
  seen[one] = other
  for key, value in pairs(one) do
    if not same(value, other[key], seen) then
      return false
    end
  end
  for key in pairs(other) do
    if one[key] == nil then
      return false
    end
  end
  return true
end

local test = {}

function test.assert(condition, message)
  return judged(condition, message, "expected something that is true, got " .. shown(condition))
end

function test.assert_eq(expected, actual, message)
  return judged(same(expected, actual), message, "expected " .. shown(expected) .. ", got " .. shown(actual))
end

function test.assert_neq(one, other, message)
  return judged(not same(one, other), message, "expected two values that differ, both are " .. shown(one))
end

function test.assert_nil(value, message)
  return judged(value == nil, message, "expected nil, got " .. shown(value))
end

function test.assert_not_nil(value, message)
  return judged(value ~= nil, message, "expected a value, got nil")
end

-- `pattern` is a plain part of the message, or a pattern of Lua.
function test.assert_error(fn, pattern, message)
  if type(fn) ~= "function" then
    return judged(false, message, "assert_error takes a function, got " .. type(fn))
  end
  local ok, raised = pcall(fn)
  if ok then
    return judged(false, message, "expected an error, none was raised")
  end
  local text = type(raised) == "table" and (raised.message or shown(raised)) or tostring(raised)
  if pattern == nil then
    return judged(true)
  end
  local fits = text:find(pattern, 1, true) ~= nil
  if not fits then
    local readable, found = pcall(string.find, text, pattern)
    fits = readable and found ~= nil
  end
  return judged(fits, message, "expected an error with " .. shown(pattern) .. ", got " .. shown(text))
end

-- A part of a text, or one of the values of a table.
function test.assert_contains(haystack, needle, message)
  local found = false
  if type(haystack) == "string" then
    found = haystack:find(tostring(needle), 1, true) ~= nil
  elseif type(haystack) == "table" then
    for _, value in pairs(haystack) do
      found = found or same(value, needle)
    end
  end
  return judged(found, message, "expected " .. shown(needle) .. " in " .. shown(haystack))
end

function test.setup(fn)
  state.setup[#state.setup + 1] = fn
end

function test.teardown(fn)
  state.teardown[#state.teardown + 1] = fn
end

local function entered(path, text)
  fresh()
  for key, value in pairs(env) do
    if type(key) == "string" and key:sub(1, 5) == "test_" and type(value) == "function" then
      env[key] = nil
    end
  end
  local made, fault = loadstring(text, "@" .. path)
  if not made then
    error(fault, 0)
  end
  setfenv(made, env)()
end

-- The names of a file's tests, in the order in which they stand there.
env["@tests"] = function(path, text)
  entered(path, text)
  local found = {}
  for key, value in pairs(env) do
    if type(key) == "string" and key:sub(1, 5) == "test_" and type(value) == "function" then
      found[#found + 1] = { name = key, line = debug.getinfo(value, "S").linedefined }
    end
  end
  table.sort(found, function(a, b)
    return a.line < b.line
  end)
  return found
end

local function run(fn)
  local ok, raised = pcall(fn)
  if not ok then
    local text = type(raised) == "table" and (raised.message or shown(raised)) or tostring(raised)
    local at, rest = text:match("^test/[^:]+:(%d+): (.*)$")
    failed(rest or text, tonumber(at) or 0, text)
  end
  return ok
end

-- One test of a file, with what it sets up. The file is run anew for each.
env["@test"] = function(path, text, name)
  entered(path, text)
  local ready = true
  for _, fn in ipairs(state.setup) do
    ready = ready and run(fn)
  end
  if ready then
    run(env[name])
  end
  for _, fn in ipairs(state.teardown) do
    run(fn)
  end
  return { assertions = state.assertions, failures = state.failures }
end

-- Before-hooks: an error or nil, and what the hook answered. Before reads: answer, state, error; after reads: headers,
-- error. After-hooks: nil.
function test.fire_hook(event, name, data, kept)
  return host("test.fire_hook", event, name, data or {}, kept or {})
end

return test
