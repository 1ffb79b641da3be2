-- Answers, and the way out of a handler with one: `error(answers.refusal(404, "..."))`.

local M = {}

function M.ok(value)
  return { status = 200, json = value }
end

function M.created(value)
  return { status = 201, json = value }
end

function M.refusal(status, message, more)
  local body = { error = message }
  for key, value in pairs(more or {}) do
    body[key] = value
  end
  return { refused = { status = status, json = body } }
end

-- Ends the handler with a refusal.
function M.refuse(status, message, more)
  error(M.refusal(status, message, more), 0)
end

-- Runs a handler; what it refuses becomes its answer.
function M.guarded(handler, req)
  local ok, answer = pcall(handler, req)
  if ok then
    return answer
  end
  if type(answer) == "table" and answer.refused then
    return answer.refused
  end
  error(answer, 0)
end

-- The body as an object; a refusal where it is none.
function M.body(req)
  if type(req.json) ~= "table" or (req.json[1] ~= nil) then
    M.refuse(400, "the body must be a JSON object")
  end
  return req.json
end

-- What the database answers, which is nil and a message where it failed.
function M.checked(value, message)
  if value == nil and message then
    error(message, 0)
  end
  return value
end

-- One row by id, or 404.
function M.row(name, id)
  local row = M.checked(db.query_one(name, { where = { id = id } }))
  if not row then
    M.refuse(404, "not found")
  end
  return row
end

-- `limit` and `offset` of a list.
function M.page(req)
  local limit, offset = tonumber(req.query.limit or 20), tonumber(req.query.offset or 0)
  if not limit or limit < 1 or limit > 100 or limit % 1 ~= 0 then
    M.refuse(400, "limit must be a whole number from 1 to 100")
  end
  if not offset or offset < 0 or offset > 1e6 or offset % 1 ~= 0 then
    M.refuse(400, "offset must be a whole number from 0")
  end
  return limit, offset
end

-- A page of a table's rows, as `shown` makes them.
function M.listed(req, name, where, order, shown)
  local limit, offset = M.page(req)
  local rows = M.checked(db.query(name, { where = where, order_by = order, limit = limit, offset = offset }))
  local items = {}
  for index, row in ipairs(rows) do
    items[index] = shown(row)
  end
  return M.ok({
    items = items, total = M.checked(db.count(name, { where = where })), limit = limit, offset = offset,
  })
end

return M
