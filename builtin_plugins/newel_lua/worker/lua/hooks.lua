-- hooks.on(event, table, fn, {priority = 100}) and hooks.reject(field, message, code).
local _, register, tell, kit = ...
local fault = kit.fault

local MOST = 50
local EVENTS, READS = {}, { before_read = true, after_read = true }
for _, verb in ipairs({ "create", "update", "delete", "publish", "archive" }) do
  EVENTS["before_" .. verb] = true
  EVENTS["after_" .. verb] = true
end
-- Tables of the Go system on which nothing ever happens here that a hook would hear of.
local SILENT = {}
for _, name in ipairs({ "datatypes", "fields", "users", "roles", "permissions", "role_permissions", "change_events", "tables" }) do
  SILENT[name] = true
end

-- Whether a hook of ours stands behind it.
local function fires(event, on)
  if on == "media" then
    return event:find("_create$") or event:find("_delete$") or event == "after_update"
  elseif on == "content_fields" then
    return event:find("_create$") or event:find("_update$") or event == "after_delete"
  end
  return not SILENT[on] and event ~= "before_archive"
end

-- What a before-hook of reading kept for the one after it: keys that begin with _, in its answer or in what it was given.
local function keeping(fn)
  return function(data, ...)
    local answer, kept = fn(data, ...), {}
    for _, table in ipairs({ data, answer }) do
      if type(table) == "table" then
        for key, value in next, table do
          if table == answer or (type(key) == "string" and key:find("^_") and key ~= "_table" and key ~= "_event") then
            kept[key] = value
          end
        end
      end
    end
    return kept
  end
end

local count = 0
local hooks = {}

function hooks.on(event, on, fn, options)
  if type(event) ~= "string" or not (EVENTS[event] or READS[event]) then
    fault("hooks.on: there is no event '" .. tostring(event):sub(1, 60) .. "'")
  end
  if type(on) ~= "string" or not (on == "*" or (#on <= 63 and on:find("^[a-z_][a-z0-9_]*$"))) then
    fault("hooks.on: the second argument is the name of a table or '*'")
  end
  if on == "*" and READS[event] then
    fault("hooks.on: " .. event .. " takes the name of a table, such as 'content_data', not '*'")
  end
  if type(fn) ~= "function" then
    fault("hooks.on: the third argument is a function")
  end
  if options ~= nil and type(options) ~= "table" then
    fault("hooks.on: the fourth argument is a table, such as { priority = 100 }")
  end
  for key in pairs(options or {}) do
    if key ~= "priority" then
      fault("hooks.on: there is no option '" .. tostring(key):sub(1, 60) .. "'")
    end
  end
  local priority = options and options.priority
  if priority == nil then
    priority = 100
  end
  if type(priority) ~= "number" or priority % 1 ~= 0 or priority < 1 or priority > 1000 then
    fault("hooks.on: the priority is a whole number from 1 to 1000")
  end
  if count >= MOST then
    fault("hooks.on: a plugin has at most " .. MOST .. " hooks")
  end
  count = count + 1
  if not fires(event, on) then
    tell("log.warn", "hooks.on: " .. event .. " of '" .. on .. "' never happens here")
  end
  register("hook", { event = event, table = on, priority = priority },
    event == "before_read" and keeping(fn) or fn)
end

-- Ends a before-hook: the caller is told which field is wrong. Does not count as a failure of the plugin.
function hooks.reject(field, message, code)
  if message == nil then
    field, message = nil, field
  end
  if type(message) ~= "string" or (field ~= nil and type(field) ~= "string") or (code ~= nil and type(code) ~= "string") then
    fault("hooks.reject: takes the name of a field, a message and perhaps a code")
  end
  error({ rejected = true, field = field, message = message, code = code }, 0)
end

return hooks
