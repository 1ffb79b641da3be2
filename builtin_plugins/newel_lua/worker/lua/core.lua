-- The module `core`: the same ways of writing conditions as `db`, whose half of the work is done there.
local host, _, _, kit = ...
local fault = kit.fault
local core = {}

-- Modules come in order of their names: `db` is there when a plugin calls.
local function rows()
  return kit.shared.rows or fault("core needs the module db")
end

for _, name in ipairs({ "query", "query_one", "count", "exists" }) do
  local what = "core." .. name
  core[name] = function(table, options)
    return host(what, table, rows().shaped(options, what))
  end
end

function core.insert(table, values)
  return host("core.insert", table, (rows().without_null(values, "core.insert: argument 2 (values)")))
end

for _, name in ipairs({ "update", "delete" }) do
  local what = "core." .. name
  core[name] = function(table, options)
    local copy = rows().copied(options, what)
    copy.where, copy.filter, copy.where_or = rows().conditions(copy, what), nil, nil
    if name == "update" then
      copy.set, copy.nulls = rows().without_null(copy.set, what .. ": set")
    end
    return host(what, table, copy)
  end
end

return core
