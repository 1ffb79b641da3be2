-- The machine's trusted half. It runs once, before any code of the plugin, and answers the functions that drive it.
-- What a plugin can reach is built here from nothing: what is not named in `env` is not there.
local cap, name, files = ...

local type, select, tostring, tonumber, error, pcall, next = type, select, tostring, tonumber, error, pcall, next
local rawequal, rawget, rawset, setmetatable, getmetatable, setfenv = rawequal, rawget, rawset, setmetatable, getmetatable, setfenv
local loadstring, unpack, collectgarbage, pairs, ipairs = loadstring, unpack, collectgarbage, pairs, ipairs
local resume, yield, create, status, running =
  coroutine.resume, coroutine.yield, coroutine.create, coroutine.status, coroutine.running
local sethook, traceback, getinfo = debug.sethook, debug.traceback, debug.getinfo
local rep, sub, byte, find, gsub, format, match =
  string.rep, string.sub, string.byte, string.find, string.gsub, string.format, string.match
local floor, min, huge, concat = math.floor, math.min, math.huge, table.concat
local insert = table.insert

-- Compiled code is not counted by hooks, so none is compiled.
jit.off()

local QUANTUM = 1000
local LONGEST = floor(cap / 4)
local MARK = {} -- what a yield to the server begins with; no plugin ever gets hold of it
local ARRAY = {} -- the metatable of an empty list from the server, which would else be an empty object

-- Budgets ------------------------------------------------------------------------------------------------------------
-- Hooks are global in this VM: they count in every coroutine. Once something is used up, each further instruction
-- raises again, so that no pcall gets beyond it.
local left, killed = 0, nil

local function tick()
  if not killed then
    left = left - 1
    if left <= 0 then
      killed = "instructions"
    elseif collectgarbage("count") * 1024 > cap then
      left = left - 100
      collectgarbage("collect")
      if collectgarbage("count") * 1024 > cap then
        killed = "memory"
      end
    end
  end
  if killed and running() then -- not in the driver, which is no coroutine
    sethook(tick, "", 1)
    error("the plugin used up its " .. killed, 0)
  end
end

-- Calls of the server ------------------------------------------------------------------------------------------------
-- Raises with the line of the plugin that asked, not with ours.
local function fault(message)
  for level = 2, 20 do
    local info = getinfo(level, "Sl")
    if not info then
      break
    end
    if byte(info.source, 1) == 64 and info.currentline > 0 then
      error(sub(info.source, 2) .. ":" .. info.currentline .. ": " .. tostring(message), 0)
    end
  end
  error(message, 0)
end

local function settled(ok, ...)
  if ok then
    return ...
  end
  fault((...))
end

local function host(what, ...)
  if not running() then
    fault(what .. " cannot be used here")
  end
  return settled(yield(MARK, what, ...))
end

local notes, noted = {}, 0
local function tell(what, ...)
  if noted < 100 then
    noted = noted + 1
    notes[noted] = { what, ... }
  end
end

local handlers, registrations, loading = {}, {}, false
local function register(what, details, fn)
  if not loading then
    fault("a " .. what .. " is registered at module scope, while the plugin loads")
  end
  local id = 0
  if fn ~= nil then
    if type(fn) ~= "function" then
      fault("the handler of a " .. what .. " is a function")
    end
    id = #handlers + 1
    handlers[id] = fn
  end
  registrations[#registrations + 1] = { what = what, id = id, details = details }
  return id
end

-- What a plugin sees -------------------------------------------------------------------------------------------------
local function frozen(module, label)
  return setmetatable({}, {
    __index = module,
    __newindex = function()
      error(label .. " cannot be changed", 2)
    end,
    __metatable = "protected",
  })
end

local env = {}

-- What waits for the server passes through every coroutine of the plugin's own, up to the driver.
local function forward(co, ok, mark, ...)
  if ok and rawequal(mark, MARK) then
    return forward(co, resume(co, yield(MARK, ...)))
  end
  return ok, mark, ...
end

-- The machine itself has no bound for what stands on the stack of C, and the process dies of it: coroutines that resume
-- coroutines, and functions of C that call back.
local NESTED = 150
local depths = setmetatable({}, { __mode = "k" })
local nested = 0

local function started(co, ...)
  local depth = (depths[running()] or 0) + 1
  if depth > NESTED then
    fault("too many coroutines that resume each other")
  end
  depths[co] = depth
  return forward(co, resume(co, ...))
end

local function resume_one(co, ...)
  if type(co) ~= "thread" then
    fault("bad argument #1 to 'resume' (coroutine expected)")
  end
  return started(co, ...)
end

local function came_back(ok, ...)
  nested = nested - 1
  if ok then
    return ...
  end
  error((...), 0)
end

local function calling_back(f, what)
  return function(...)
    if nested >= NESTED then
      fault(what .. " within " .. what .. ", too many times")
    end
    nested = nested + 1
    return came_back(pcall(f, ...))
  end
end

local function wrapped(ok, ...)
  if ok then
    return ...
  end
  error((...), 0)
end

local function guarded(ok, ...)
  return ok, ...
end

-- `gsub` with a function or a table, in Lua: what it calls may call the server, as it could not from within C.
local function gsub_calling(text, pattern, with, most)
  text, pattern, most = tostring(text), tostring(pattern), tonumber(most) or huge
  local at, count, pieces, n, once = 1, 0, {}, 0, byte(pattern, 1) == 94
  local function replaced(first, last, ...)
    if not first then
      return false
    end
    local value, whole = nil, sub(text, first, last)
    if type(with) == "function" then
      if select("#", ...) > 0 then
        value = with(...)
      else
        value = with(whole)
      end
    else
      value = with[select("#", ...) > 0 and (...) or whole]
    end
    local kind = type(value)
    if not value then
      value = whole
    elseif kind ~= "string" and kind ~= "number" then
      error("invalid replacement value (a " .. kind .. ")", 3)
    end
    pieces[n + 1], pieces[n + 2], n, count = sub(text, at, first - 1), value, n + 2, count + 1
    at = last + 1
    if last < first then -- nothing was matched: go on behind the next character
      n, at = n + 1, first + 1
      pieces[n] = sub(text, first, first)
    end
    return at <= #text + 1 and not once
  end
  while count < most and replaced(find(text, pattern, at)) do
  end
  pieces[n + 1] = sub(text, at)
  return concat(pieces), count
end

local format_calling = calling_back(format, "format")
local strings = {}
for _, key in ipairs({ "byte", "char", "find", "gmatch", "len", "lower", "match", "reverse", "sub", "upper" }) do
  strings[key] = string[key]
end
strings.gfind = string.gmatch
local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end
strings.gsub = function(text, pattern, with, most)
  local kind = type(with)
  if (kind == "function" or kind == "table") and is_text(text) and is_text(pattern) and (most == nil or tonumber(most)) then
    return gsub_calling(text, pattern, with, most)
  end
  return gsub(text, pattern, with, most) -- it says what is wrong with its arguments
end
strings.format = function(text, ...)
  for at = 1, select("#", ...) do
    if type((select(at, ...))) == "table" then -- its __tostring is called
      return format_calling(text, ...)
    end
  end
  return format(text, ...)
end
strings.rep = function(text, count, separator)
  text, separator = tostring(text), separator and tostring(separator)
  count = tonumber(count) or error("bad argument #2 to 'rep' (number expected)", 2)
  if count > 0 and (#text + (separator and #separator or 0)) * count > LONGEST then
    fault("resulting string too large")
  end
  return rep(text, count, separator)
end

local tables = {}
for _, key in ipairs({ "concat", "getn", "maxn", "remove" }) do
  tables[key] = table[key]
end
for _, key in ipairs({ "foreach", "foreachi", "sort" }) do
  tables[key] = calling_back(table[key], key)
end
tables.insert = function(list, at, ...)
  if select("#", ...) > 0 then
    local place = tonumber(at)
    if place and not (place >= 1 and place < 0x80000000) then -- each place on the way would be moved
      fault("bad argument #2 to 'insert' (position out of bounds)")
    end
  end
  return insert(list, at, ...)
end
tables.unpack = unpack
tables.pack = function(...)
  return { n = select("#", ...), ... }
end

local maths = {}
for key, value in pairs(math) do
  maths[key] = value
end
maths.mod = math.fmod

local text_meta = getmetatable("")
text_meta.__index = strings
text_meta.__metatable = "protected"

for _, key in ipairs({ "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "select", "setmetatable",
  "tonumber", "tostring", "type", "unpack" }) do
  env[key] = _G[key]
end
env._G = env
env._VERSION = "Lua 5.1"
env.xpcall = function(f, handler, ...)
  -- The handler runs after unwinding: inside of it the budget would not count.
  local answers = { pcall(f, ...) }
  if answers[1] then
    return unpack(answers, 1, table.maxn(answers))
  end
  return false, select(2, guarded(pcall(handler, answers[2])))
end
env.collectgarbage = function(what)
  if what == "count" then
    return collectgarbage("count")
  end
  return 0
end
env.coroutine = frozen({
  create = create,
  resume = resume_one,
  running = running,
  status = status,
  yield = yield,
  wrap = function(f)
    local co = create(f)
    return function(...)
      return wrapped(started(co, ...))
    end
  end,
}, "coroutine")
env.string = frozen(strings, "string")
env.table = frozen(tables, "table")
env.math = frozen(maths, "math")
env.print = function(...)
  local words = {}
  for at = 1, min(select("#", ...), 100) do
    words[at] = sub(tostring((select(at, ...))), 1, 1000)
  end
  tell("log.info", table.concat(words, "\t"))
end

local function compiled(text, chunk)
  if byte(text, 1) == 27 then
    return nil, chunk .. ": precompiled code is refused"
  end
  local made, fault = loadstring(text, chunk, "t")
  if not made then
    return nil, fault
  end
  return setfenv(made, env)
end

env.loadstring = function(text, chunk)
  if type(text) ~= "string" then
    error("bad argument #1 to 'loadstring' (string expected)", 2)
  end
  return compiled(text, type(chunk) == "string" and chunk or text)
end

local function file(path)
  local text = files[path]
  if not text then
    error("there is no file " .. path, 0)
  end
  local made, fault = compiled(text, "@" .. path)
  return made or error(fault, 0)
end

local required, LOADING = {}, {}
env.require = function(wanted)
  if type(wanted) ~= "string" then
    error("bad argument #1 to 'require' (string expected)", 2)
  end
  local plain = match(wanted, "^lib%.(.*)$") or wanted
  if not find(plain, "^[%w_%-]+$") then
    error("require takes the name of a file in lib/, without folders: '" .. sub(wanted, 1, 80) .. "'", 2)
  end
  local path = "lib/" .. plain .. ".lua"
  if required[path] == LOADING then
    error(path .. " requires itself", 2)
  end
  if required[path] == nil then
    if not files[path] then
      error("there is no file " .. path, 2)
    end
    required[path] = LOADING
    local ok, answer = pcall(file(path), plain)
    if not ok then
      required[path] = nil
      error(answer, 0)
    end
    required[path] = answer == nil and true or answer
  end
  return required[path]
end

-- Driving ------------------------------------------------------------------------------------------------------------
local function told(value)
  -- Never through __tostring, which is the plugin's and might not end.
  if type(value) == "string" then
    return value, nil
  end
  if type(value) == "table" then
    local message = rawget(value, "message")
    return type(message) == "string" and message or "an error that is a table", value
  end
  return type(value) == "nil" and "an error without a message" or tostring(value), nil
end

local lives = {}

local function finished(call, co, ok, mark, ...)
  sethook()
  if killed then
    lives[call] = nil
    return "killed", killed
  end
  if not ok then
    lives[call] = nil
    local message, value = told(mark)
    return "error", message, sub(traceback(co, "", 0), 1, 4000), value
  end
  if status(co) == "suspended" then
    if rawequal(mark, MARK) then
      return "ask", ...
    end
    return "yield", mark
  end
  lives[call] = nil
  return "done", mark, ...
end

local driver = {}

function driver.step(call, budget, ...)
  local co = lives[call]
  left, killed, nested = budget, nil, 0
  sethook(tick, "", QUANTUM)
  return finished(call, co, resume(co, ...))
end

function driver.drop(call)
  lives[call] = nil
end

function driver.collect()
  collectgarbage("collect")
end

function driver.left()
  return left
end

function driver.notes()
  local those = notes
  notes, noted = {}, 0
  return those
end

-- What modules of ours have for each other.
local shared = {}

-- Installs a module: `text` is its Lua half, or else `functions` names what is handed on as it is.
function driver.module(label, text, functions)
  local module = {}
  if text then
    local made = assert(loadstring(text, "=" .. label))
    module = made(host, register, tell, {
      array = ARRAY, env = env, fault = fault, file = file, frozen = frozen, name = name, shared = shared,
    }) or module
  end
  for _, key in ipairs(functions) do
    if module[key] == nil then
      local what = label .. "." .. key
      module[key] = function(...)
        return host(what, ...)
      end
    end
  end
  env[label] = frozen(module, label)
end

-- Each of these prepares a call and answers whether there is something to run.
function driver.load(call)
  lives[call] = create(function()
    loading = true
    local ok, message = pcall(file("init.lua"))
    loading = false
    if not ok then
      error(message, 0)
    end
    return rawget(env, "plugin_info"), registrations
  end)
  return true
end

function driver.handler(call, id)
  lives[call] = create(handlers[id] or error("no such handler", 0))
  return true
end

-- A global function, of the file that defines it where one is given.
function driver.global(call, key, path)
  local found = rawget(env, key)
  if path then
    found = function(...)
      env[key] = nil
      file(path)()
      local made = rawget(env, key)
      if type(made) ~= "function" then
        error(path .. " defines no function " .. key, 0)
      end
      return made(...)
    end
  end
  if type(found) ~= "function" then
    return false
  end
  lives[call] = create(found)
  return true
end

-- A step of migrations.lua, which answers a list of them; the step 0 answers their names.
function driver.migration(call, number)
  lives[call] = create(function()
    local steps = file("migrations.lua")()
    if type(steps) ~= "table" then
      error("migrations.lua: it has to return a list of steps", 0)
    end
    local names = {}
    for at, step in ipairs(steps) do
      if type(step) ~= "table" or type(step.up) ~= "function" then
        error("migrations.lua: step " .. at .. " has no function 'up'", 0)
      end
      names[at] = type(step.name) == "string" and step.name or "step " .. at
    end
    if number == 0 then
      return names
    end
    return steps[number].up()
  end)
  return true
end

function driver.globals(pattern)
  local names = {}
  for key, value in pairs(env) do
    if type(key) == "string" and type(value) == "function" and find(key, pattern) then
      names[#names + 1] = key
    end
  end
  table.sort(names)
  return names
end

function driver.empty_array()
  return setmetatable({}, ARRAY)
end

function driver.is_array(value)
  return rawequal(getmetatable(value), ARRAY)
end

return driver
