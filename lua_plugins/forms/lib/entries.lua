-- What people submitted.

local answers = require("answers")
local csv = require("csv")
local delivery = require("delivery")
local fields = require("fields")

local M = {}

local MOST = 10000
local BYTES = 2000000 -- of one answer of the export; what is left comes with the next

local function shown(row)
  return {
    id = row.id,
    form_id = row.form_id,
    form_version = row.form_version,
    data = json.decode(row.data),
    created_at = row.created_at,
  }
end

function M.list(req)
  answers.row("forms", req.params.id)
  local where = { form_id = req.params.id }
  return answers.listed(req, "entries", where, { { column = "id", desc = true } }, shown)
end

function M.get(req)
  return answers.ok(shown(answers.row("entries", req.params.id)))
end

function M.delete(req)
  local entry = answers.row("entries", req.params.id)
  local ok, message = db.transaction(function()
    db.delete("entries", { where = { id = entry.id } })
    delivery.queue(entry.form_id, "entry.deleted", { id = entry.id, form_id = entry.form_id })
  end)
  if not ok then
    error(message, 0)
  end
  return answers.ok({ deleted = true })
end

-- How many of these fit into one answer: at least one, whatever its size.
local function fitting(sizes, limit)
  local bytes = 0
  for index, row in ipairs(sizes) do
    bytes = bytes + row.size
    if index > limit or (index > 1 and bytes > BYTES) then
      return index - 1
    end
  end
  return #sizes
end

-- All entries in the order they came, behind the entry `after`, as JSON or (`format=csv`) as a table.
function M.export(req)
  local form = answers.row("forms", req.params.id)
  local format, limit = req.query.format or "json", tonumber(req.query.limit or MOST)
  if format ~= "json" and format ~= "csv" then
    answers.refuse(400, "format must be json or csv")
  end
  if not limit or limit < 1 or limit > MOST or limit % 1 ~= 0 then
    answers.refuse(400, "limit must be a whole number from 1 to " .. MOST)
  end
  local query = {
    columns = { "id", "size" },
    where = { "AND", { { "form_id", "=", form.id }, { "id", ">", req.query.after or "" } } },
    order_by = { { column = "id" } },
    limit = math.min(limit + 1, MOST),
  }
  local sizes = answers.checked(db.query("entries", query))
  local count = fitting(sizes, limit)
  local rows = {}
  if count > 0 then
    query.columns, query.limit = nil, count
    rows = answers.checked(db.query("entries", query))
  end
  local more = count < #sizes or #sizes == MOST
  local last = rows[#rows] and rows[#rows].id or nil
  if format == "csv" then
    local headers = { ["Content-Type"] = "text/csv; charset=utf-8", ["X-Has-More"] = tostring(more) }
    headers["Content-Disposition"] = 'attachment; filename="entries.csv"'
    headers["X-After"] = last
    return { status = 200, headers = headers, body = csv.of(fields.of(form.id), rows, not req.query.after) }
  end
  local items = {}
  for index, row in ipairs(rows) do
    items[index] = shown(row)
  end
  return answers.ok({ items = items, count = #items, after = last, has_more = more })
end

return M
