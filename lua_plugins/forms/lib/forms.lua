-- Forms themselves.

local answers = require("answers")
local values = require("values")
local versions = require("versions")

local M = {}

local function address(value)
  if value ~= "" and not value:find("^https?://[^%s]+$") and not value:find("^/[^%s/\\][^%s]*$") then
    return "must be an address (https://...) or a path (/...)"
  end
end

local RULES = {
  name = { kind = "text", most = 200, needed = true },
  description = { kind = "text", most = 2000 },
  submit_label = { kind = "text", most = 100 },
  success_message = { kind = "text", most = 2000 },
  redirect_url = { kind = "text", most = 2000, check = address },
  enabled = { kind = "flag" },
  rate_limit = { kind = "number", least = 1, most = 100000 },
  captcha_config = { kind = "json" },
  captcha_secret = { kind = "text", most = 500 },
  version = { skip = true },
}

-- A form as administrators see it. The captcha's secret is never shown: only whether there is one.
function M.shown(row)
  return {
    id = row.id,
    name = row.name,
    description = row.description,
    submit_label = row.submit_label,
    success_message = row.success_message,
    redirect_url = row.redirect_url ~= "" and row.redirect_url or nil,
    enabled = row.enabled == 1,
    version = row.version,
    rate_limit = row.rate_limit,
    captcha_config = values.decoded(row.captcha_config),
    has_captcha_secret = row.captcha_secret ~= nil and row.captcha_secret ~= "",
    created_at = row.created_at,
    updated_at = row.updated_at,
  }
end

function M.list(req)
  return answers.listed(req, "forms", nil, { { column = "created_at", desc = true }, { column = "id" } }, M.shown)
end

function M.create(req)
  local columns = values.columns(answers.body(req), RULES, true)
  columns.id = db.ulid()
  columns.submit_label = columns.submit_label or "Submit"
  columns.success_message = columns.success_message or "Thank you."
  db.insert("forms", columns)
  return answers.created(M.shown(answers.row("forms", columns.id)))
end

function M.get(req)
  local form = M.shown(answers.row("forms", req.params.id))
  form.fields = require("fields").of(form.id)
  return answers.ok(form)
end

function M.update(req)
  local body = answers.body(req)
  local columns = values.columns(body, RULES)
  versions.next(req.params.id, body.version, function(form)
    if next(columns) then
      db.update("forms", { set = columns, where = { id = form.id } })
    end
  end)
  return answers.ok(M.shown(answers.row("forms", req.params.id)))
end

-- With all that belongs to it. Webhooks are told before they are gone.
function M.delete(req)
  local version = tonumber(req.query.version) or (type(req.json) == "table" and req.json.version) or nil
  versions.next(req.params.id, version, function(form)
    require("delivery").queue(form.id, "form.deleted", { form_id = form.id, name = form.name })
    for _, name in ipairs({ "entries", "fields", "webhooks" }) do
      db.delete(name, { where = { form_id = form.id } })
    end
    db.delete("forms", { where = { id = form.id } })
  end)
  return answers.ok({ deleted = true })
end

return M
