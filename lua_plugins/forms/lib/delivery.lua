-- Deliveries of webhooks: queued with the act, in its transaction, and sent by a schedule until somebody takes them.

local answers = require("answers")
local signing = require("signing")
local values = require("values")

local M = {}

-- Seconds to wait before each further attempt; after the last one a delivery has failed.
local PAUSES = { 60, 300, 1800, 7200, 18000, 36000, 50400 }
local A_TURN = 20 -- deliveries of one run of the schedule
local LEASE = 120 -- seconds after which a delivery that was begun is begun again
local THIN = 10000

-- What a webhook gets of an entry: without files, and without texts that are too long for a message.
function M.thin(data)
  local kept = {}
  for name, value in pairs(data) do
    if type(value) == "table" then
      kept[name] = { name = value.name, type = value.type }
    elseif type(value) ~= "string" or #value <= THIN then
      kept[name] = value
    end
  end
  return kept
end

local function wants(webhook, event)
  for one in webhook.events:gmatch("[^,%s]+") do
    if one == event then
      return true
    end
  end
  return false
end

-- Queues an event for every active webhook of the form that wants it. A delivery has all that it needs, so it goes out
-- whatever becomes of the webhook and the form.
function M.queue(form_id, event, data)
  local webhooks = answers.checked(db.query("webhooks", { where = { form_id = form_id, active = 1 } }))
  for _, webhook in ipairs(webhooks) do
    if wants(webhook, event) then
      local now = db.timestamp()
      db.insert("deliveries", {
        webhook_id = webhook.id, form_id = form_id, event = event, url = webhook.url, method = webhook.method,
        headers = webhook.headers, secret = webhook.secret, status = "pending", attempts = 0, tried_at = now,
        body = json.encode({ type = event, timestamp = now, data = data }),
      })
    end
  end
end

-- Takes a delivery for this run: of two runs at once, one gets it.
local function taken(delivery)
  local mark = db.ulid()
  local set = { status = "sending", tried_at = db.timestamp(), attempts = delivery.attempts + 1, taken_by = mark }
  db.update("deliveries", {
    set = set, where = { id = delivery.id, status = delivery.status, attempts = delivery.attempts },
  })
  local row = db.query_one("deliveries", { where = { id = delivery.id } })
  return row and row.taken_by == mark and row or nil
end

local function send(delivery)
  local headers = values.decoded(delivery.headers) or {}
  headers["Content-Type"] = "application/json"
  for name, value in pairs(signing.headers(delivery.secret, delivery.id, db.timestamp(), delivery.body)) do
    headers[name] = value
  end
  local answer = request.send(delivery.method, delivery.url, { headers = headers, body = delivery.body, timeout = 3 })
  if answer.error then
    return tostring(answer.error)
  elseif answer.status < 200 or answer.status > 299 then
    return "it answered " .. answer.status
  end
end

local function due()
  local found = {}
  local function look(where)
    if #found < A_TURN then
      local rows = db.query("deliveries", {
        where = { "AND", where }, order_by = { { column = "id" } }, limit = A_TURN - #found,
      })
      for _, row in ipairs(answers.checked(rows)) do
        found[#found + 1] = row
      end
    end
  end
  look({ { "status", "=", "pending" }, { "attempts", "=", 0 } })
  for attempts, pause in ipairs(PAUSES) do
    look({ { "status", "=", "pending" }, { "attempts", "=", attempts }, { "tried_at", "<=", db.timestamp_ago(pause) } })
  end
  look({ { "status", "=", "sending" }, { "tried_at", "<=", db.timestamp_ago(LEASE) } })
  return found
end

-- Sends what is due. Ends with the first that fails: whoever is slow must not use up the time of the others.
function M.run()
  for _, one in ipairs(due()) do
    local delivery = taken(one)
    if delivery then
      local ok, fault = pcall(send, delivery)
      fault = ok and fault or not ok and tostring(fault) or nil
      local set = { status = "done", body = "", secret = "", headers = "", last_error = "" }
      if fault then
        set = { status = delivery.attempts > #PAUSES and "failed" or "pending", last_error = fault:sub(1, 500) }
        log.warn("a webhook was not taken", { delivery = delivery.id, error = set.last_error })
      end
      db.update("deliveries", { set = set, where = { id = delivery.id } })
      if fault then
        return
      end
    end
  end
end

-- How the queue of a form stands.
function M.state(form_id)
  local function count(status)
    return answers.checked(db.count("deliveries", { where = { form_id = form_id, status = status } }))
  end
  local failures = {}
  local rows = db.query("deliveries", {
    where = { "AND", { { "form_id", "=", form_id }, { "status", "!=", "done" }, { "attempts", ">", 0 } } },
    order_by = { { column = "id", desc = true } }, limit = 10,
  })
  for index, row in ipairs(answers.checked(rows)) do
    failures[index] = {
      id = row.id, webhook_id = row.webhook_id, event = row.event, last_error = row.last_error,
      attempts = row.attempts, created_at = row.created_at,
    }
  end
  return { pending = count("pending") + count("sending"), failed = count("failed"), recent_failures = failures }
end

return M
