-- `schedule`: what the plugin does at set times.

local _, register, _, kit = ...

local MOST, LEAST = 20, 60
local UNITS = { s = 1, m = 60, h = 3600, d = 86400 }
local names, count = {}, 0

local function fail(text, ...)
  kit.fault(string.format(text, ...))
end

local function add(what, details, fn, options)
  if type(fn) ~= "function" then
    fail("schedule.%s: a function is expected, got %s", what, type(fn))
  elseif count >= MOST then
    fail("schedule.%s: a plugin has at most %d schedules", what, MOST)
  end
  options = type(options) == "table" and options or {}
  local name = options.name == nil and "schedule-" .. (count + 1) or options.name
  if type(name) ~= "string" or #name > 60 or not string.find(name, "^[a-z0-9][a-z0-9_-]*$") then
    fail("schedule.%s: a name is made of a-z 0-9 _ -, and at most 60 of them", what)
  elseif names[name] then
    fail("schedule.%s: there is a schedule '%s' already", what, name)
  elseif options.zone ~= nil and type(options.zone) ~= "string" then
    fail("schedule.%s: zone is a text such as \"Europe/Berlin\"", what)
  end
  details.name, details.zone = name, options.zone
  register("schedule", details, fn)
  names[name], count = true, count + 1
end

local schedule = {}

-- `schedule.every(300, fn)` or `schedule.every("5m", fn)`; a minute is the least.
function schedule.every(interval, fn, options)
  local seconds = interval
  if type(interval) == "string" then
    local number, unit = string.match(interval, "^(%d+)([smhd])$")
    seconds = number and tonumber(number) * UNITS[unit]
  end
  if type(seconds) ~= "number" or not (seconds >= LEAST and seconds <= 366 * 86400) or seconds % 1 ~= 0 then
    fail("schedule.every: seconds (%d or more) are expected, or a text such as \"5m\", \"2h\", \"1d\"", LEAST)
  end
  add("every", { every = seconds }, fn, options)
end

-- `schedule.cron("*/5 * * * *", fn, {zone = "Europe/Berlin"})`; the server reads the expression.
function schedule.cron(expression, fn, options)
  if type(expression) ~= "string" or #expression > 100 then
    fail("schedule.cron: a cron expression is expected, such as \"*/5 * * * *\"")
  end
  add("cron", { cron = expression }, fn, options)
end

return schedule
