-- Webhooks of a form: who is told of what.

local answers = require("answers")
local delivery = require("delivery")
local hosts = require("hosts")
local values = require("values")

local M = {}

local EVENTS = { ["entry.created"] = true, ["entry.deleted"] = true, ["form.deleted"] = true }
local METHODS = { POST = true, PUT = true, PATCH = true }
local MOST = 20

local function url_fault(value)
  local host = value:match("^https://([%w.-]+)[/?#]") or value:match("^https://([%w.-]+)$")
  if not host then
    return "must be an address that begins with https://, without a port or a password"
  end
  for _, known in ipairs(hosts) do
    if host:lower() == known then
      return nil
    end
  end
  return "leads to " .. host .. ", which is not in lib/hosts.lua of this plugin"
end

local function events_fault(value)
  local count = 0
  for event in value:gmatch("[^,%s]+") do
    count = count + 1
    if not EVENTS[event] then
      return "has the unknown event '" .. event:sub(1, 50) .. "'"
    end
  end
  if count == 0 then
    return "must name an event: entry.created, entry.deleted or form.deleted"
  end
end

local function headers_fault(value)
  local count = 0
  for name, text in pairs(value) do
    count = count + 1
    if type(name) ~= "string" or not name:find("^[%w-]+$") or type(text) ~= "string" or text:find("%c") then
      return "must be an object of texts"
    end
  end
  if count > 20 then
    return "has more than 20 of them"
  end
end

local RULES = {
  url = { kind = "text", most = 2000, needed = true, check = url_fault },
  method = {
    kind = "text",
    check = function(value)
      if not METHODS[value] then
        return "must be POST, PUT or PATCH"
      end
    end,
  },
  events = { kind = "text", check = events_fault },
  headers = { kind = "json", check = headers_fault },
  secret = { kind = "text", most = 500 },
  active = { kind = "flag" },
}

-- Neither the secret nor the values of headers are shown: those are credentials more often than not.
local function shown(row)
  local names = {}
  for name in pairs(values.decoded(row.headers) or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return {
    id = row.id,
    form_id = row.form_id,
    url = row.url,
    method = row.method,
    events = row.events,
    header_names = names,
    has_secret = row.secret ~= nil and row.secret ~= "",
    active = row.active == 1,
    created_at = row.created_at,
  }
end

function M.list(req)
  answers.row("forms", req.params.id)
  local where = { form_id = req.params.id }
  return answers.listed(req, "webhooks", where, { { column = "id" } }, shown)
end

function M.create(req)
  local form = answers.row("forms", req.params.id)
  local columns = values.columns(answers.body(req), RULES, true)
  if db.count("webhooks", { where = { form_id = form.id } }) >= MOST then
    answers.refuse(400, "a form has at most " .. MOST .. " webhooks")
  end
  columns.id, columns.form_id = db.ulid(), form.id
  columns.method, columns.events = columns.method or "POST", columns.events or "entry.created"
  db.insert("webhooks", columns)
  return answers.created(shown(answers.row("webhooks", columns.id)))
end

function M.update(req)
  local webhook = answers.row("webhooks", req.params.id)
  local columns = values.columns(answers.body(req), RULES)
  if next(columns) then
    db.update("webhooks", { set = columns, where = { id = webhook.id } })
  end
  return answers.ok(shown(answers.row("webhooks", webhook.id)))
end

function M.delete(req)
  local webhook = answers.row("webhooks", req.params.id)
  db.delete("webhooks", { where = { id = webhook.id } })
  return answers.ok({ deleted = true })
end

function M.queue(req)
  answers.row("forms", req.params.id)
  return answers.ok(delivery.state(req.params.id))
end

return M
