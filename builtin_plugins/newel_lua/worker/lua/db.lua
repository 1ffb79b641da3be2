-- The module `db`: brings the ways of writing a condition to one form, and runs the function of a transaction.
-- A condition is told by its identity (`made`), never by what is in it: a table that came from a visitor is data.
local host, _, _, kit = ...

local type, next, rawget, select, pcall, error, tostring, setmetatable, upper =
  type, next, rawget, select, pcall, error, tostring, setmetatable, string.upper
local fault = kit.fault

-- Beyond what the server takes, which refuses: what is more than these cannot be meant, and might have no end.
local DEEPEST, MOST = 14, 2000
local made = setmetatable({}, { __mode = "k" }) -- what the constructors made
local db = {}

-- The value NULL, which no table of Lua can hold.
db.null = kit.frozen({}, "db.null")
local NULL = db.null

-- Constructors -------------------------------------------------------------------------------------------------------
local function new(what)
  local handle = {}
  made[handle] = what
  return handle
end

-- What a value may be is the server's to say, and a table that a visitor sent is just a value that does not fit.
local function plain(value, where)
  if made[value] then
    fault(where .. " is a condition, and a value is wanted")
  end
  return value
end

local function given(value, where)
  if value == nil then
    fault(where .. " is nil")
  end
  return plain(value, where)
end

-- db.gt(value), to be named by the key that it stands under; or db.gt(column, value).
local function comparing(name, operator)
  db[name] = function(...)
    local count, first, second = select("#", ...), ...
    local condition = { operator }
    if count >= 2 then
      condition.column, first = first, second
    end
    if first == NULL and (operator == "=" or operator == "<>") then
      condition[1] = operator == "=" and "null" or "not null"
    else
      condition[2] = given(first, "db." .. name .. ": the value")
    end
    return new(condition)
  end
end

for name, operator in next, { eq = "=", neq = "<>", gt = ">", gte = ">=", lt = "<", lte = "<=", like = "like",
  not_like = "not like" } do
  comparing(name, operator)
end

local function list_of(values, where)
  local found = {}
  for at = 1, #values do
    found[at] = given(rawget(values, at), where .. ": value " .. at)
  end
  return found
end

-- db.in_list(a, b, ...), db.in_list({a, b}) or db.in_list(column, {a, b}).
for name, operator in next, { in_list = "in", not_in = "not in" } do
  db[name] = function(...)
    local count, first, second = select("#", ...), ...
    local condition, values = { operator }, { ... }
    if count == 1 and type(first) == "table" then
      values = first
    elseif count == 2 and type(second) == "table" then
      condition.column, values = first, second
    end
    condition[2] = list_of(values, "db." .. name)
    if #condition[2] == 0 then
      fault("db." .. name .. " takes at least one value")
    end
    return new(condition)
  end
end

function db.between(...)
  local count, first, second, third = select("#", ...), ...
  local condition = { "between" }
  if count >= 3 then
    condition.column, first, second = first, second, third
  end
  condition[2], condition[3] = given(first, "db.between: the lower value"), given(second, "db.between: the upper value")
  return new(condition)
end

function db.is_null(column)
  return new({ "null", column = column })
end

function db.is_not_null(column)
  return new({ "not null", column = column })
end

-- The names without agg_ are those of older definitions for editors; db.count counts the rows of a table.
for name, short in next, { count = "count_of", sum = "sum", avg = "avg", min = "min", max = "max" } do
  db["agg_" .. name] = function(column, alias)
    return new({ agg = name, column = column, alias = alias })
  end
  db[short] = db["agg_" .. name]
end

-- Conditions to one form ---------------------------------------------------------------------------------------------
local OPERATORS = {
  ["="] = "=", ["!="] = "<>", ["<>"] = "<>", [">"] = ">", [">="] = ">=", ["<"] = "<", ["<="] = "<=", LIKE = "like",
  ["NOT LIKE"] = "not like", IN = "in", ["NOT IN"] = "not in", BETWEEN = "between", ["IS NULL"] = "null",
  ["IS NOT NULL"] = "not null",
}

local function named(condition, column, where)
  column = condition.column or column
  if condition.agg then
    fault(where .. ": an aggregate is no condition; write {db.agg_" .. condition.agg .. "(...), '>', value}")
  end
  if column == nil then
    fault(where .. ": a condition does not say which column it is about")
  end
  return { condition[1], column, condition[2], condition[3] }
end

local function leaf(table, column, where)
  local word = rawget(table, 2)
  local operator = type(word) == "string" and OPERATORS[upper(word)]
  if not operator then
    fault(where .. ": no operator " .. tostring(type(word) == "string" and word or type(word)))
  end
  local value = rawget(table, 3)
  if operator == "null" or operator == "not null" then
    return { operator, column }
  elseif operator == "in" or operator == "not in" then
    return { operator, column, list_of(type(value) == "table" and value or {}, where .. ": " .. word) }
  elseif operator == "between" then
    local low, high = nil, nil
    if type(value) == "table" then
      low, high = rawget(value, 1), rawget(value, 2)
    end
    return { operator, column, plain(low, where), plain(high, where) }
  elseif value == NULL and (operator == "=" or operator == "<>") then
    return { operator == "=" and "null" or "not null", column }
  end
  return { operator, column, plain(value, where .. ": the value of " .. word) }
end

local tree

local function all(table, first, where, depth, seen)
  local parts = {}
  for at = first, #table do
    parts[#parts + 1] = tree(rawget(table, at), where, depth + 1, seen)
  end
  if #parts == 0 then
    fault(where .. " has an empty list of conditions")
  end
  return parts
end

local function listed(table, where, depth, seen)
  local first = rawget(table, 1)
  if type(first) == "string" then
    local word, second = upper(first), rawget(table, 2)
    if type(second) == "table" and (word == "AND" or word == "OR") then
      local inner = rawget(second, 1)
      local aggregate = made[inner] and made[inner].agg
      local children = type(inner) == "table" and not aggregate and rawget(table, 3) == nil
      return { word == "AND" and "and" or "or", all(children and second or table, children and 1 or 2, where, depth, seen) }
    elseif type(second) == "table" and word == "NOT" then
      return { "not", tree(second, where, depth + 1, seen) }
    end
    return leaf(table, first, where)
  end
  local aggregate = made[first]
  if aggregate and aggregate.agg then
    return leaf(table, { agg = aggregate.agg, column = aggregate.column }, where)
  end
  local parts = all(table, 1, where, depth, seen)
  return #parts == 1 and parts[1] or { "and", parts }
end

local function mapped(table, where, seen)
  local parts = {}
  for column, value in next, table do
    seen.count = seen.count + 1
    if seen.count > MOST then
      fault(where .. " has more than " .. MOST .. " conditions")
    end
    local condition = made[value]
    if type(column) ~= "string" then
      fault(where .. " mixes names and a list: write {status = 'x'} or {{'status', '=', 'x'}}")
    elseif condition then
      parts[#parts + 1] = named(condition, column, where)
    elseif value == NULL then
      parts[#parts + 1] = { "null", column }
    else
      parts[#parts + 1] = { "=", column, plain(value, where .. ": '" .. column .. "'") }
    end
  end
  return #parts == 1 and parts[1] or { "and", parts }
end

function tree(table, where, depth, seen)
  seen.count = seen.count + 1
  if depth > DEEPEST then
    fault(where .. " is nested deeper than " .. DEEPEST)
  elseif seen.count > MOST then
    fault(where .. " has more than " .. MOST .. " conditions")
  elseif made[table] then
    return named(made[table], nil, where)
  elseif type(table) ~= "table" then
    fault(where .. " must be a table, got " .. type(table))
  end
  if rawget(table, 1) ~= nil then
    for key in next, table do
      if type(key) ~= "number" then
        fault(where .. " mixes names and a list: write {status = 'x'} or {{'status', '=', 'x'}}")
      end
    end
    return listed(table, where, depth, seen)
  end
  return mapped(table, where, seen)
end

local function empty(value)
  return value == nil or (type(value) == "table" and not made[value] and next(value) == nil)
end

-- `where`, `filter` (the same) and `where_or`: all of the first and one of the last.
local function conditions(options, what)
  local seen, parts = { count = 0 }, {}
  for _, key in next, { "where", "filter" } do
    if not empty(options[key]) then
      parts[#parts + 1] = tree(options[key], what .. ": " .. key, 1, seen)
    end
  end
  if not empty(options.where_or) then
    local choices = all(options.where_or, 1, what .. ": where_or", 1, seen)
    parts[#parts + 1] = #choices == 1 and choices[1] or { "or", choices }
  end
  if #parts > 1 then
    return { "and", parts }
  end
  return parts[1]
end

-- Options and values -------------------------------------------------------------------------------------------------
local function copied(options, what)
  if options == nil then
    return {}
  elseif type(options) ~= "table" then
    fault(what .. ": argument 2 (options) must be a table, got " .. type(options))
  end
  local copy = {}
  for key, value in next, options do
    copy[key] = value
  end
  return copy
end

local function shaped(options, what)
  local copy = copied(options, what)
  copy.where, copy.filter, copy.where_or = conditions(copy, what), nil, nil
  if empty(copy.having) then
    copy.having = nil
  else
    copy.having = tree(copy.having, what .. ": having", 1, { count = 0 })
  end
  if type(copy.columns) == "table" then
    local columns = {}
    for key, value in next, copy.columns do
      columns[key] = made[value] or value
    end
    copy.columns = columns
  end
  return copy
end

-- Takes NULL out of values: answers the others, and the names of those.
local function without_null(values, what)
  if type(values) ~= "table" then
    fault(what .. " must be a table, got " .. type(values))
  end
  local others, nulls = {}, nil
  for key, value in next, values do
    if value == NULL then
      nulls = nulls or {}
      nulls[#nulls + 1] = key
    elseif made[value] then
      fault(what .. ": '" .. tostring(key) .. "' is a condition, and a value is wanted")
    else
      others[key] = value
    end
  end
  return others, nulls
end

-- Functions ----------------------------------------------------------------------------------------------------------
for _, name in next, { "query", "query_one", "count", "exists" } do
  local what = "db." .. name
  db[name] = function(table, options)
    return host(what, table, shaped(options, what))
  end
end

function db.insert(table, values)
  return host("db.insert", table, without_null(values, "db.insert: argument 2 (values)"))
end

-- (table, columns, rows of values) or (table, rows with names).
function db.insert_many(table, columns, rows)
  local found, nulls = {}, {}
  local given = rows == nil and columns or rows
  if type(given) ~= "table" or (rows ~= nil and type(columns) ~= "table") then
    fault("db.insert_many takes a table, columns and rows, or a table and rows")
  end
  for at = 1, #given do
    local row = rawget(given, at)
    if rows ~= nil then
      local named_row = {}
      if type(row) ~= "table" then
        fault("db.insert_many: row " .. at .. " must be a table, got " .. type(row))
      elseif #row > #columns then
        fault("db.insert_many: row " .. at .. " has more values than there are columns")
      end
      for number = 1, #columns do
        named_row[columns[number]] = rawget(row, number)
      end
      row = named_row
    end
    found[at], nulls[tostring(at)] = without_null(row, "db.insert_many: row " .. at)
  end
  return host("db.insert_many", table, found, next(nulls) and nulls or nil)
end

function db.update(table, options)
  local copy = copied(options, "db.update")
  copy.where, copy.filter, copy.where_or = conditions(copy, "db.update"), nil, nil
  copy.set, copy.nulls = without_null(copy.set, "db.update: set")
  return host("db.update", table, copy)
end

function db.delete(table, options)
  local copy = copied(options, "db.delete")
  copy.where, copy.filter, copy.where_or = conditions(copy, "db.delete"), nil, nil
  return host("db.delete", table, copy)
end

-- (table, {values, conflict_columns, update, do_nothing}) or (table, values, key columns).
function db.upsert(table, options, keys)
  local copy = copied(options, "db.upsert")
  if keys ~= nil then
    copy = { values = copy, conflict_columns = keys }
  end
  copy.values, copy.nulls = without_null(copy.values, "db.upsert: values")
  if copy.update ~= nil then
    copy.update, copy.update_nulls = without_null(copy.update, "db.upsert: update")
  end
  return host("db.upsert", table, copy)
end

-- (table, {columns, unique}), (table, columns, unique) or (table, name, columns, unique). Names are made by the host.
function db.create_index(table, second, third, fourth)
  if type(second) == "string" then
    second, third = third, fourth
  end
  if type(second) == "table" and rawget(second, 1) ~= nil then
    second = { columns = second, unique = third }
  end
  return host("db.create_index", table, second)
end

-- true, or false and why nothing was kept.
function db.transaction(fn)
  if type(fn) ~= "function" then
    fault("db.transaction: argument 1 must be a function, got " .. type(fn))
  end
  local begun, busy = host("db.begin")
  if not begun then
    return false, busy
  end
  local fine, why = pcall(fn)
  if not fine then
    host("db.rollback")
    return false, type(why) == "string" and why or type(why) == "table" and rawget(why, "message") or tostring(type(why))
  end
  local kept, lost = host("db.commit")
  if not kept then
    return false, lost
  end
  return true, nil
end

-- For the module core, whose options are written the same way. It has no columns that a table could be a value of.
local function scalars(node, what)
  if node and (node[1] == "and" or node[1] == "or") then
    for _, part in next, node[2] do
      scalars(part, what)
    end
  elseif node and node[1] == "not" then
    scalars(node[2], what)
  elseif node then
    local values = type(node[3]) == "table" and (node[1] == "in" or node[1] == "not in") and node[3] or { node[3], node[4] }
    for _, value in next, values do
      if type(value) == "table" then
        fault(what .. ": where: '" .. tostring(node[2]) .. "' takes a text, a number or a boolean, got a table")
      end
    end
  end
  return node
end

kit.shared.rows = {
  conditions = function(options, what)
    return scalars(conditions(options, what), what)
  end,
  copied = copied,
  shaped = function(options, what)
    local copy = shaped(options, what)
    scalars(copy.where, what)
    return copy
  end,
  without_null = without_null,
}

-- Used by db.transaction only.
db.begin, db.commit, db.rollback = false, false, false

return db
