-- Rules as CSV, in and out. An import is whole or not at all, and tells every line that is wrong.

local csv = require("csv")
local resolving = require("resolving")
local rules = require("rules")

local M = {}

local COLUMNS = { "source", "kind", "target", "status", "preserve_query", "enabled", "note" }
local MOST, MOST_CHANGES = 5000, 300
local FLAGS = { ["true"] = true, ["1"] = true, yes = true, ["false"] = false, ["0"] = false, no = false }

function M.export()
  local parts = { csv.line(COLUMNS) }
  local offset = 0
  repeat
    local rows = rules.find(nil, 1000, offset)
    for _, row in ipairs(rows) do
      parts[#parts + 1] = csv.line({
        row.source, row.kind, row.target, row.status,
        row.preserve_query == 1 and "true" or "false", row.enabled == 1 and "true" or "false", row.note or "",
      })
    end
    offset = offset + 1000
  until #rows < 1000
  local headers = { ["Content-Type"] = "text/csv; charset=utf-8" }
  headers["Content-Disposition"] = 'attachment; filename="redirects.csv"'
  return { headers = headers, body = table.concat(parts) }
end

local function given(names, row)
  local found = {}
  for index, name in ipairs(names) do
    local cell = row[index] and row[index]:gsub("^'([=+@\t\r-])", "%1") -- as the export writes it
    if cell and cell ~= "" then
      if name == "status" then
        found[name] = tonumber(cell) or cell
      elseif name == "preserve_query" or name == "enabled" then
        found[name] = FLAGS[cell:lower()]
        if found[name] == nil then
          return nil, name .. " must be true or false"
        end
      else
        found[name] = cell
      end
    end
  end
  return rules.made(found)
end

local function header_fault(names)
  local known = {}
  for _, name in ipairs(COLUMNS) do
    known[name] = true
  end
  for _, name in ipairs(names or {}) do
    if not known[name] then
      return "unknown column '" .. name .. "'"
    end
    known[name] = "seen"
  end
  if known.source ~= "seen" or known.target ~= "seen" then
    return "the first line must name the columns, among them source and target"
  end
end

-- The rules of a file, by kind and source, or nil and its faults.
local function read(text)
  local rows, message, line = csv.parsed(text)
  if not rows then
    return nil, { { line = line, message = message } }
  end
  local names = table.remove(rows, 1)
  local fault = header_fault(names) or (#rows > MOST and "more than " .. MOST .. " rules" or nil)
  if fault then
    return nil, { { line = 1, message = fault } }
  end
  local found, faults, seen = {}, {}, {}
  for _, row in ipairs(rows) do
    local rule, wrong = given(names, row)
    local key = rule and rule.kind .. " " .. rule.source
    if rule and seen[key] then
      rule, wrong = nil, "line " .. seen[key] .. " has the same source"
    end
    if rule then
      seen[key], rule.line = row.line, row.line
      found[#found + 1] = rule
    elseif #faults < 100 then
      faults[#faults + 1] = { line = row.line, message = wrong }
    end
  end
  if #faults > 0 then
    return nil, faults
  end
  return found
end

local function present()
  local known, offset = {}, 0
  repeat
    local rows = rules.find(nil, 5000, offset)
    for _, row in ipairs(rows) do
      known[row.kind .. " " .. row.source] = row
    end
    offset = offset + 5000
  until #rows < 5000
  return known
end

local function differs(rule, row)
  for _, name in ipairs(COLUMNS) do
    if rule[name] ~= (row[name] or "") then
      return true
    end
  end
  return false
end

-- Adds rules and changes those with the same kind and source; nothing is deleted.
local function apply(found)
  local known, fresh, changed = present(), {}, 0
  for _, rule in ipairs(found) do
    local row = known[rule.kind .. " " .. rule.source]
    local line = rule.line
    rule.line = nil
    if not row then
      fresh[#fresh + 1] = { db.ulid(), unpack({
        rule.source, rule.kind, rule.target, rule.status, rule.preserve_query, rule.enabled, rule.note,
      }) }
    elseif differs(rule, row) then
      changed = changed + 1
      if changed > MOST_CHANGES then
        return nil, "line " .. line .. ": more than " .. MOST_CHANGES .. " rules would change; import them in parts"
      end
      db.update("rules", { set = rule, where = { id = row.id } })
    end
  end
  local columns = { "id", unpack(COLUMNS) }
  for first = 1, #fresh, 1000 do
    db.insert_many("rules", columns, { unpack(fresh, first, math.min(first + 999, #fresh)) })
  end
  return { added = #fresh, changed = changed, same = #found - #fresh - changed }
end

-- A few of them are followed; a circle that is missed is found when somebody goes in it.
local function circle(found)
  for index = 1, math.min(#found, 50) do
    local rule = found[index]
    if rule.kind ~= "pattern" and rule.enabled == 1 and not resolving.ends(rule.source) then
      return rule.source .. " leads in a circle"
    end
  end
end

function M.import(req)
  local found, faults = read(req.body or "")
  if not found then
    return { status = 400, json = { error = "nothing was imported", errors = faults } }
  end
  local report, refused
  local ok, message = db.transaction(function()
    report, refused = apply(found)
    refused = refused or circle(found)
    if refused then
      error(refused, 0)
    end
  end)
  if refused then
    return { status = 409, json = { error = "nothing was imported: " .. refused } }
  elseif not ok then
    error(message, 0)
  end
  return { json = report }
end

return M
