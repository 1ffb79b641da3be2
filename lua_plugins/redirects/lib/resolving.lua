-- From an address to where it moved.

local matching = require("matching")
local rules = require("rules")

local M = {}

local FARTHEST = 10 -- hops that are followed to see whether it goes in a circle

local function exact(path)
  return db.query_one("rules", { where = { kind = "exact", source = path, enabled = 1 } })
end

local function prefixed(path)
  local above = matching.prefixes(path)
  local rows = {}
  for first = 1, math.min(#above, 500), 100 do
    local part = { unpack(above, first, math.min(first + 99, #above)) }
    for _, row in ipairs(db.query("rules", { where = { kind = "prefix", enabled = 1, source = db.in_list(part) } })) do
      rows[row.source] = row
    end
  end
  for _, source in ipairs(above) do
    if rows[source] then
      return rows[source]
    end
  end
end

local function patterned(path)
  local where = { kind = "pattern", enabled = 1 }
  local rows = db.query("rules", { where = where, order_by = { { column = "id" } }, limit = rules.MOST_PATTERNS })
  for _, row in ipairs(rows) do
    local named = matching.fits(row.source, path)
    if named then
      return row, named
    end
  end
end

local function step(path, query)
  local rule, named = exact(path), nil
  if not rule then
    rule, named = patterned(path)
  end
  rule = rule or prefixed(path)
  if rule then
    return rule, matching.target(rule, path, query, named)
  end
end

-- Whether following an address ends. A rule that leads to another site, or nowhere further, ends.
local function ends(target, seen)
  for _ = 1, FARTHEST do
    if target:sub(1, 1) ~= "/" then
      return true
    end
    local path = matching.split(target)
    if not path or seen[path] then
      return not path
    end
    seen[path] = true
    local _, further = step(path, "")
    if not further then
      return true
    end
    target = further
  end
  return false
end

-- Where an address moved: the rule and the target. An exact rule goes before patterns, in the order they were made, and
-- these before the longest prefix. Nil where there is none; nil and the rule where it leads in a circle.
function M.resolve(address)
  local path, query = matching.split(address)
  if not path then
    return nil
  end
  local rule, target = step(path, query)
  if not rule then
    return nil
  end
  if not ends(target, { [path] = true }) then
    return nil, rule
  end
  return rule, target
end

-- Whether an address ends somewhere with the rules as they stand.
function M.ends(address)
  local path, query = matching.split(address)
  local rule, target = step(path, query)
  return not rule or ends(target, { [path] = true })
end

local function counted(rule)
  kv.incr("hits:" .. rule.id, 1)
  kv.set("seen:" .. rule.id, db.timestamp())
end

-- GET /resolve?path=/old: where it moved, for front-ends. 404: it did not.
function M.route(req)
  local address = req.query.path
  if not address or address == "" then
    return { status = 400, json = { error = "path is required, such as /resolve?path=/old" } }
  end
  local rule, target = M.resolve(address)
  if not rule then
    return { status = 404, json = { error = target and "the rules lead in a circle" or "no rule" } }
  end
  counted(rule)
  return { json = { location = target, status = rule.status, rule = rule.id } }
end

-- Delivery asks before it answers: a page that is there goes before every rule. What it lets pass, it lets pass for all
-- readers, so copies of it may be shared.
function M.before_read(data)
  local rule, target
  if data.kind == "page" and not data.found then
    rule, target = M.resolve(data.slug)
  end
  if not rule then
    return { shared = true }
  end
  counted(rule)
  return {
    status = rule.status, headers = { Location = target }, json = { location = target, status = rule.status },
  }
end

return M
