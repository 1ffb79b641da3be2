-- `tui`: what a screen shows, as plain tables. Built by hand they are the same; sizes are checked when they are shown,
-- and here where the line of the mistake is known.

local _, _, _, kit = ...
local env = kit.env

local COLUMNS, ROWS, TEXT, DEPTH = 12, 10000, 10240, 20

local function fail(name, text, ...)
  kit.fault(string.format("tui.%s: " .. text, name, ...))
end

local function list(name, what, value)
  if type(value) ~= "table" then
    fail(name, "%s must be a list, got %s", what, type(value))
  elseif #value > ROWS then
    fail(name, "%s has %d entries, at most %d are shown", what, #value, ROWS)
  end
  return value
end

local function text(name, what, value, default)
  if value == nil and default then
    return default
  elseif type(value) == "number" then
    return tostring(value)
  elseif type(value) ~= "string" then
    fail(name, "%s must be a string, got %s", what, type(value))
  elseif #value > TEXT then
    fail(name, "%s has %d bytes, at most %d are shown", what, #value, TEXT)
  end
  return value
end

local function number(name, what, value, default)
  if value == nil then
    value = default
  end
  if type(value) ~= "number" or value ~= value then
    fail(name, "%s must be a number, got %s", what, type(value))
  end
  return value
end

local function too_deep(nodes, level)
  if level > DEPTH then
    return true
  end
  for index = 1, #nodes do
    local children = type(nodes[index]) == "table" and nodes[index].children
    if type(children) == "table" and #children > 0 and too_deep(children, level + 1) then
      return true
    end
  end
  return false
end

local tui = {}

function tui.grid(columns, hints)
  list("grid", "columns", columns)
  if #columns > COLUMNS then
    fail("grid", "%d columns, at most %d fit", #columns, COLUMNS)
  end
  return { type = "grid", columns = columns, hints = hints and list("grid", "hints", hints) }
end

function tui.column(span, cells)
  return { span = number("column", "span", span), cells = list("column", "cells", cells) }
end

function tui.cell(title, height, content)
  if type(content) ~= "table" then
    fail("cell", "content must be a primitive such as tui.text({...}), got %s", type(content))
  end
  return { title = text("cell", "title", title, ""), height = number("cell", "height", height, 1), content = content }
end

function tui.list(items, cursor)
  return { type = "list", items = list("list", "items", items), cursor = number("list", "cursor", cursor, 0) }
end

function tui.detail(fields)
  return { type = "detail", fields = list("detail", "fields", fields) }
end

function tui.text(lines)
  if type(lines) == "string" then
    lines = { lines }
  end
  return { type = "text", lines = list("text", "lines", lines) }
end

function tui.table(headers, rows, cursor)
  return {
    type = "table", headers = list("table", "headers", headers), rows = list("table", "rows", rows),
    cursor = number("table", "cursor", cursor, 0),
  }
end

function tui.input(id, value, placeholder)
  return {
    type = "input", id = text("input", "id", id), value = text("input", "value", value, ""),
    placeholder = text("input", "placeholder", placeholder, ""),
  }
end

function tui.select_field(id, options, selected)
  return {
    type = "select", id = text("select_field", "id", id), options = list("select_field", "options", options),
    selected = number("select_field", "selected", selected, 0),
  }
end

function tui.tree(nodes, cursor)
  if too_deep(list("tree", "nodes", nodes), 1) then
    fail("tree", "at most %d levels are shown", DEPTH)
  end
  return { type = "tree", nodes = nodes, cursor = number("tree", "cursor", cursor, 0) }
end

function tui.progress(value, label)
  return {
    type = "progress", value = number("progress", "value", value), label = text("progress", "label", label, ""),
  }
end

-- A screen's function runs in a coroutine of its own. What it shows goes out; what it asks for with an action `fetch` or
-- `request` is done here, with the functions that it could call itself, and the next event is the answer.
local function fetched(asked)
  local change, name, given = asked.mutation, asked.query, asked.params or {}
  if change == nil then
    return env.db.query(name, given)
  elseif change == "insert" then
    return env.db.insert(name, given.values or given.set or given)
  elseif change == "update" or change == "delete" then
    return env.db[change](name, given)
  end
  error("fetch: the mutation is insert, update or delete", 0)
end

local function requested(asked)
  local answer, why = env.request.send(asked.method or "GET", asked.url, {
    headers = asked.headers, body = asked.body, json = asked.json, timeout = asked.timeout, parse_json = true,
  })
  if type(answer) == "table" and answer.error then
    return nil, answer.error
  end
  return answer, why
end

local function data_event(asked, work)
  local ok, result, why = pcall(work, asked)
  if ok and why == nil then
    return { type = "data", id = asked.id, ok = true, result = result }
  end
  return { type = "data", id = asked.id, ok = false, error = tostring(ok and why or result) }
end

local WORK = { fetch = fetched, request = requested }

-- `given`: the file, the function that it defines, and the first event.
env["@screen"] = function(given)
  local entry = given.entry
  env[entry] = nil
  kit.file(given.path)()
  if type(env[entry]) ~= "function" then
    error(given.path .. " defines no function " .. entry, 0)
  end
  local co, event = coroutine.create(env[entry]), given.event
  while true do
    local ok, shown = env.coroutine.resume(co, event)
    if not ok then
      error(shown, 0)
    elseif coroutine.status(co) == "dead" then
      return nil
    end
    local work = type(shown) == "table" and WORK[shown.action]
    event = work and data_event(shown, work) or coroutine.yield(shown)
  end
end

return tui
