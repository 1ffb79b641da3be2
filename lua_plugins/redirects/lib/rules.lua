-- The rules: the table, and what a rule must be.

local matching = require("matching")

local M = {}

M.KINDS = { exact = true, prefix = true, pattern = true }
M.STATUSES = { [301] = true, [302] = true, [307] = true, [308] = true }
M.MOST_PATTERNS = 200
local DEFAULTS = { kind = "exact", status = 301, preserve_query = true, enabled = true, note = "" }

function M.define()
  db.define_table("rules", {
    columns = {
      { name = "source", type = "text", not_null = true },
      { name = "kind", type = "text", not_null = true },
      { name = "target", type = "text", not_null = true },
      { name = "status", type = "integer", not_null = true },
      { name = "preserve_query", type = "integer", not_null = true },
      { name = "enabled", type = "integer", not_null = true },
      { name = "note", type = "text" },
    },
    indexes = { { columns = { "kind", "source" }, unique = true } },
  })
end

local function source_fault(kind, source)
  if type(source) ~= "string" or source == "" then
    return "source is required"
  end
  local path = matching.split(source)
  if source:sub(1, 1) ~= "/" or not path or source:find("[?#]") then
    return "source must be a path such as /old, without ? and #"
  elseif #source > 500 then
    return "source has at most 500 bytes"
  end
  if kind == "pattern" then
    if path:gsub("/%*$", ""):find("*", 1, true) then
      return "* stands only at the end of a pattern, as a segment of its own"
    elseif not path:find("[:*]") then
      return "a pattern has a :name or a * in it"
    end
  end
end

local function target_fault(kind, source, target)
  if type(target) ~= "string" or target == "" then
    return "target is required"
  end
  local rest = target:match("^https?://[%w.-]+:?%d*(.*)$")
  if (not rest and not target:find("^/[^/\\]") and target ~= "/") or target:find("[%c%s\\]") then
    return "target must be a path (/new) or an address (https://example.org/new)"
  elseif rest and rest ~= "" and not rest:find("^[/?#]") then
    return "target must be a path (/new) or an address (https://example.org/new)"
  elseif #target > matching.LONGEST then
    return "target has at most " .. matching.LONGEST .. " bytes"
  end
  if kind == "pattern" then
    local known = {}
    for name in source:gmatch("/:([%a_][%w_]*)") do
      known[name] = true
    end
    for name in (rest or target):gmatch("/:([%a_][%w_]*)") do
      if not known[name] then
        return "target names :" .. name .. ", which is not in source"
      end
    end
    if (rest or target):find("*", 1, true) and not source:find("*", 1, true) then
      return "target has a * and source has none"
    end
  end
end

-- A rule as it is kept, from what was given and, of a change, what was there. Or nil and a sentence.
function M.made(given, before)
  local rule = {}
  for name in pairs(given) do
    if name ~= "source" and name ~= "target" and DEFAULTS[name] == nil then
      return nil, "unknown field '" .. tostring(name) .. "'"
    end
  end
  for _, name in ipairs({ "source", "kind", "target", "status", "preserve_query", "enabled", "note" }) do
    rule[name] = given[name]
    if rule[name] == nil then
      rule[name] = before and before[name]
    end
    if rule[name] == nil then
      rule[name] = DEFAULTS[name]
    end
  end
  for _, name in ipairs({ "preserve_query", "enabled" }) do
    if rule[name] == true or rule[name] == 1 then
      rule[name] = 1
    elseif rule[name] == false or rule[name] == 0 then
      rule[name] = 0
    else
      return nil, name .. " must be true or false"
    end
  end
  if not M.KINDS[rule.kind] then
    return nil, "kind must be exact, prefix or pattern"
  elseif not M.STATUSES[rule.status] then
    return nil, "status must be 301, 302, 307 or 308"
  elseif type(rule.note) ~= "string" or #rule.note > 500 then
    return nil, "note must be a text of at most 500 bytes"
  end
  local fault = source_fault(rule.kind, rule.source) or target_fault(rule.kind, rule.source, rule.target)
  if fault then
    return nil, fault
  end
  rule.source = matching.split(rule.source)
  return rule
end

-- A rule as people see it, with how often it was used.
function M.shown(row)
  return {
    id = row.id,
    source = row.source,
    kind = row.kind,
    target = row.target,
    status = row.status,
    preserve_query = row.preserve_query == 1,
    enabled = row.enabled == 1,
    note = row.note or "",
    hits = kv.get("hits:" .. row.id) or 0,
    last_hit_at = kv.get("seen:" .. row.id),
    created_at = row.created_at,
    updated_at = row.updated_at,
  }
end

function M.forget(id)
  db.delete("rules", { where = { id = id } })
  kv.delete("hits:" .. id)
  kv.delete("seen:" .. id)
end

-- Rules whose source or target has a text in it, by source.
function M.find(text, limit, offset)
  local where = nil
  if text and text ~= "" then
    local like = "%" .. text:gsub("[%%_\\]", "") .. "%"
    where = { "OR", { { "source", "LIKE", like }, { "target", "LIKE", like } } }
  end
  local order = { { column = "source" }, { column = "kind" } }
  local rows = db.query("rules", { where = where, order_by = order, limit = limit, offset = offset })
  return rows or {}, db.count("rules", { where = where })
end

return M
