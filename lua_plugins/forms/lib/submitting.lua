-- What anybody may do: see a form, and submit it.

local answers = require("answers")
local delivery = require("delivery")
local fields = require("fields")
local kinds = require("kinds")
local urlencoded = require("urlencoded")
local values = require("values")

local M = {}

-- What captcha widgets add to a form. It is neither checked nor kept.
local IGNORED = { ["g-recaptcha-response"] = true, ["h-captcha-response"] = true, ["cf-turnstile-response"] = true }
local HOUR = 3600
local MOST_FAULTS = 50

local function open_form(id)
  local form = answers.row("forms", id)
  if form.enabled ~= 1 then
    answers.refuse(404, "not found")
  end
  return form
end

-- The form with its fields, for whoever draws it. Nothing in it is secret.
function M.definition(req)
  local form = open_form(req.params.id)
  return answers.ok({
    id = form.id,
    name = form.name,
    description = form.description,
    submit_label = form.submit_label,
    success_message = form.success_message,
    redirect_url = form.redirect_url ~= "" and form.redirect_url or nil,
    version = form.version,
    captcha_config = values.decoded(form.captcha_config),
    fields = fields.of(form.id),
  })
end

local function is_empty(value)
  return value == nil or value == "" or (type(value) == "table" and next(value) == nil)
end

-- The values to keep, by name. Every fault is told at once.
local function checked(form, given)
  local kept, faults, known = {}, {}, {}
  for _, field in ipairs(fields.of(form.id)) do
    known[field.name] = true
    local value = given[field.name]
    if is_empty(value) then
      if field.required then
        faults[#faults + 1] = { field = field.name, message = "is required" }
      end
    else
      local good, fault = kinds.check(value, field)
      if fault then
        faults[#faults + 1] = { field = field.name, message = fault }
      else
        kept[field.name] = good
      end
    end
  end
  for name in pairs(given) do
    if #faults >= MOST_FAULTS then
      break
    end
    if not known[name] and not IGNORED[name] and tostring(name):sub(1, 1) ~= "_" then
      faults[#faults + 1] = { field = tostring(name):sub(1, 100), message = "is no field of this form" }
    end
  end
  if #faults > 0 then
    table.sort(faults, function(a, b)
      return a.field < b.field
    end)
    answers.refuse(400, "validation failed", { errors = faults })
  end
  return kept
end

local function thanks(req, form, id)
  local redirect = form.redirect_url ~= "" and form.redirect_url or nil
  if redirect and urlencoded.is(req) then
    return { status = 303, headers = { Location = redirect }, body = "" } -- a form without a script
  end
  return answers.created({ id = id, message = form.success_message, redirect_url = redirect })
end

function M.submit(req)
  local form = open_form(req.params.id)
  local given = urlencoded.is(req) and urlencoded.parsed(req.body) or answers.body(req)
  if not is_empty(given._hp) then
    return thanks(req, form, db.ulid()) -- a program that fills in everything shall believe that it got through
  end
  local recent = db.count("entries", {
    where = { "AND", { { "form_id", "=", form.id }, { "created_at", ">=", db.timestamp_ago(HOUR) } } },
  })
  if answers.checked(recent) >= form.rate_limit then
    local refused = answers.refusal(429, "this form has had as many submissions as it takes in an hour")
    refused.refused.headers = { ["Retry-After"] = "600" }
    error(refused, 0)
  end
  local data = checked(form, given)
  local text, id = json.encode(data), db.ulid()
  local ok, message = db.transaction(function()
    db.insert("entries", { id = id, form_id = form.id, form_version = form.version, data = text, size = #text })
    delivery.queue(form.id, "entry.created", {
      id = id, form_id = form.id, form_version = form.version, data = delivery.thin(data),
    })
  end)
  if not ok then
    error(message, 0)
  end
  return thanks(req, form, id)
end

return M
