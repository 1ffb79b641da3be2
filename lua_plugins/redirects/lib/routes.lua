-- Rules over HTTP.

local resolving = require("resolving")
local rules = require("rules")

local M = {}

local function refused(status, message)
  return { status = status, json = { error = message } }
end

-- Writes in a transaction that does not stand where the rule leads in a circle.
local function kept(rule, write)
  local why
  local ok, message = db.transaction(function()
    write()
    if rule.kind ~= "pattern" and rule.enabled == 1 and not resolving.ends(rule.source) then
      why = "the rule leads in a circle"
      error(why, 0)
    end
  end)
  if why then
    return refused(409, why)
  elseif not ok then
    error(message, 0)
  end
end

local function taken(rule, own)
  local other = db.query_one("rules", { where = { kind = rule.kind, source = rule.source } })
  if other and other.id ~= own then
    return refused(409, "there is a rule for " .. rule.source .. " already")
  end
  local full = db.count("rules", { where = { kind = "pattern" } }) >= rules.MOST_PATTERNS
  if rule.kind == "pattern" and not own and full then
    return refused(400, "there are at most " .. rules.MOST_PATTERNS .. " patterns")
  end
end

local function found(id)
  return db.query_one("rules", { where = { id = id } })
end

function M.list(req)
  local limit, offset = tonumber(req.query.limit or 50), tonumber(req.query.offset or 0)
  if not limit or limit < 1 or limit > 100 or limit % 1 ~= 0 or not offset or offset < 0 or offset % 1 ~= 0 then
    return refused(400, "limit is 1 to 100, offset 0 or more")
  end
  local rows, total = rules.find(req.query.q, limit, offset)
  local items = {}
  for index, row in ipairs(rows) do
    items[index] = rules.shown(row)
  end
  return { json = { items = items, total = total, limit = limit, offset = offset } }
end

function M.get(req)
  local row = found(req.params.id)
  return row and { json = rules.shown(row) } or refused(404, "not found")
end

function M.create(req)
  if type(req.json) ~= "table" then
    return refused(400, "the body must be a JSON object")
  end
  local rule, fault = rules.made(req.json)
  if not rule then
    return refused(400, fault)
  end
  rule.id = db.ulid()
  local answer = taken(rule) or kept(rule, function()
    db.insert("rules", rule)
  end)
  return answer or { status = 201, json = rules.shown(found(rule.id)) }
end

function M.update(req)
  local before = found(req.params.id)
  if not before then
    return refused(404, "not found")
  elseif type(req.json) ~= "table" then
    return refused(400, "the body must be a JSON object")
  end
  local rule, fault = rules.made(req.json, before)
  if not rule then
    return refused(400, fault)
  end
  local answer = taken(rule, before.id) or kept(rule, function()
    db.update("rules", { set = rule, where = { id = before.id } })
  end)
  return answer or { json = rules.shown(found(before.id)) }
end

function M.delete(req)
  if not found(req.params.id) then
    return refused(404, "not found")
  end
  rules.forget(req.params.id)
  return { json = { deleted = true } }
end

return M
