-- The fields of a form.

local answers = require("answers")
local kinds = require("kinds")
local values = require("values")
local versions = require("versions")

local M = {}

local RULES = {
  name = {
    kind = "text", most = 63, needed = true,
    check = function(value)
      if not value:find("^%a[%w_]*$") then
        return "must begin with a letter and have only letters, digits and _"
      end
    end,
  },
  label = { kind = "text", most = 500 },
  field_type = { kind = "text", needed = true, check = kinds.fault },
  required = { kind = "flag" },
  placeholder = { kind = "text" },
  help_text = { kind = "text", most = 2000 },
  default_value = { kind = "text", most = 2000 },
  options = { kind = "json", check = kinds.options_fault },
  validation_rules = { kind = "json", check = kinds.rules_fault },
  version = { skip = true },
}
local MOST = 100

function M.shown(row)
  return {
    id = row.id,
    form_id = row.form_id,
    name = row.name,
    label = row.label,
    field_type = row.field_type,
    required = row.required == 1,
    position = row.position,
    placeholder = row.placeholder,
    help_text = row.help_text,
    default_value = row.default_value,
    options = values.decoded(row.options),
    validation_rules = values.decoded(row.validation_rules),
  }
end

-- All of a form, in order.
function M.of(form_id)
  local rows = db.query("fields", {
    where = { form_id = form_id }, order_by = { { column = "position" }, { column = "id" } }, limit = MOST,
  })
  local fields = {}
  for index, row in ipairs(answers.checked(rows)) do
    fields[index] = M.shown(row)
  end
  return fields
end

local function check_choice(field_type, options)
  if kinds.has_options(field_type) and (not options or options == "[]" or options == "{}") then
    answers.refuse(400, "options are required for a field of type " .. field_type)
  end
end

local function check_name(form_id, name, own)
  local other = db.query_one("fields", { where = { form_id = form_id, name = name } })
  if other and other.id ~= own then
    answers.refuse(409, "the form has a field '" .. name .. "' already")
  end
end

local function answered(id, version, status)
  local field = M.shown(answers.row("fields", id))
  field.version = version
  return { status = status, json = field }
end

function M.list(req)
  answers.row("forms", req.params.id)
  local fields = M.of(req.params.id)
  return answers.ok({ items = fields, total = #fields, limit = MOST, offset = 0 })
end

function M.create(req)
  local body = answers.body(req)
  local columns = values.columns(body, RULES, true)
  check_choice(columns.field_type, columns.options)
  columns.id = db.ulid()
  local version = versions.next(req.params.id, body.version, function(form)
    local count = db.count("fields", { where = { form_id = form.id } })
    if count >= MOST then
      answers.refuse(400, "a form has at most " .. MOST .. " fields")
    end
    check_name(form.id, columns.name)
    columns.form_id, columns.position = form.id, count
    columns.label = columns.label or columns.name
    db.insert("fields", columns)
  end)
  return answered(columns.id, version, 201)
end

function M.update(req)
  local field = answers.row("fields", req.params.id)
  local body = answers.body(req)
  local columns = values.columns(body, RULES)
  check_choice(columns.field_type or field.field_type, columns.options or field.options)
  local version = versions.next(field.form_id, body.version, function(form)
    if columns.name then
      check_name(form.id, columns.name, field.id)
    end
    if next(columns) then
      db.update("fields", { set = columns, where = { id = field.id } })
    end
  end)
  return answered(field.id, version, 200)
end

function M.delete(req)
  local field = answers.row("fields", req.params.id)
  local given = tonumber(req.query.version) or (type(req.json) == "table" and req.json.version) or nil
  local version = versions.next(field.form_id, given, function()
    db.delete("fields", { where = { id = field.id } })
  end)
  return answers.ok({ deleted = true, version = version })
end

-- `field_ids` names all fields of the form, each once, in their new order.
function M.reorder(req)
  local body = answers.body(req)
  if type(body.field_ids) ~= "table" then
    answers.refuse(400, "field_ids must be a list of all fields' ids")
  end
  local version = versions.next(req.params.id, body.version, function(form)
    local left, count = {}, 0
    for _, field in ipairs(M.of(form.id)) do
      left[field.id], count = true, count + 1
    end
    for _, id in ipairs(body.field_ids) do
      if not left[id] then
        answers.refuse(400, "field_ids must name every field of the form once")
      end
      left[id], count = nil, count - 1
    end
    if count ~= 0 then
      answers.refuse(400, "field_ids must name every field of the form once")
    end
    for index, id in ipairs(body.field_ids) do
      db.update("fields", { set = { position = index - 1 }, where = { id = id } })
    end
  end)
  local fields = M.of(req.params.id)
  return answers.ok({ items = fields, total = #fields, version = version })
end

return M
