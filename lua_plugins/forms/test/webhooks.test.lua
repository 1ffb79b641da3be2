-- Webhooks: who is told, how it is signed, and what becomes of what nobody takes.

local hosts = require("hosts")
local signing = require("signing")

local URL = "https://hooks.example.org/in"
local id

local function webhook(more)
  local body = { url = URL, events = "entry.created,form.deleted", secret = "whsec_c2VjcmV0LWtleQ==" }
  for key, value in pairs(more or {}) do
    body[key] = value
  end
  return test.request("POST", "/forms/" .. id .. "/webhooks", { json = body })
end

local function submit()
  return test.request("POST", "/forms/" .. id .. "/submit", { json = { name = "Ada" }, auth = "none" }).json
end

local function queue()
  return test.request("GET", "/forms/" .. id .. "/webhooks/queue").json
end

test.setup(function()
  hosts[1] = "hooks.example.org"
  test.allow("hooks.example.org")
  id = test.request("POST", "/forms", { json = { name = "Contact" } }).json.id
  test.request("POST", "/forms/" .. id .. "/fields", { json = { name = "name", field_type = "text", version = 1 } })
end)

test.teardown(function()
  hosts[1] = nil
end)

function test_secrets_and_headers_are_not_shown()
  local answer = webhook({ headers = { Authorization = "Bearer abc" } })
  test.assert_eq(201, answer.status, answer.body)
  test.assert_eq({ true, "POST", true }, { answer.json.has_secret, answer.json.method, answer.json.active })
  test.assert_eq({ "Authorization" }, answer.json.header_names)
  local listed = test.request("GET", "/forms/" .. id .. "/webhooks")
  test.assert_eq(1, listed.json.total)
  for _, secret in ipairs({ "c2VjcmV0", "abc" }) do
    test.assert(not (answer.body .. listed.body):find(secret, 1, true), secret)
  end
end

function test_a_webhook_is_changed_and_deleted()
  local made = webhook().json
  local answer = test.request("PUT", "/webhooks/" .. made.id, { json = { active = false, events = "entry.deleted" } })
  test.assert_eq({ 200, false, "entry.deleted" }, { answer.status, answer.json.active, answer.json.events })
  submit()
  test.assert_eq(0, queue().pending)
  test.assert_eq({ deleted = true }, test.request("DELETE", "/webhooks/" .. made.id).json)
  test.assert_eq(404, test.request("PUT", "/webhooks/" .. made.id, { json = {} }).status)
end

function test_webhooks_that_are_none_are_refused()
  for _, more in ipairs({
    { url = "http://hooks.example.org/in" }, { url = "https://other.example.org/" }, { url = "hooks.example.org" },
    { url = "https://a@hooks.example.org/" }, { url = "https://hooks.example.org.evil.example/" },
    { events = "entry.read" }, { events = "" }, { method = "GET" }, { headers = { a = "x\ny" } }, { colour = "red" },
  }) do
    test.assert_eq(400, webhook(more).status, json.encode(more))
  end
end

function test_what_happens_is_queued_sent_and_signed()
  webhook({ headers = { ["X-Site"] = "mine" } })
  local entry = submit()
  test.assert_eq({ 1, 0 }, { queue().pending, queue().failed })
  test.mock_request("POST", URL, { status = 204 })
  test.run_schedules()
  local sent = test.requests()
  test.assert_eq({ 1, URL, "mine" }, { #sent, sent[1].url, sent[1].headers["x-site"] })
  local body = json.decode(sent[1].body)
  test.assert_eq({ "entry.created", entry.id, { name = "Ada" } }, { body.type, body.data.id, body.data.data })
  local headers = sent[1].headers
  local signed = headers["webhook-id"] .. "." .. headers["webhook-timestamp"] .. "." .. sent[1].body
  test.assert_eq("v1," .. crypto.hmac_sha256("secret-key", signed, "base64"), headers["webhook-signature"])
  test.assert_eq(0, queue().pending)
  test.run_schedules()
  test.assert_eq(1, #test.requests(), "once")
end

function test_files_are_not_sent()
  test.request("POST", "/forms/" .. id .. "/fields", { json = { name = "cv", field_type = "file", version = 2 } })
  webhook()
  test.request("POST", "/forms/" .. id .. "/submit", { json = { cv = { name = "cv.txt", data = "aGVsbG8=" } } })
  test.mock_request("POST", URL, { status = 200 })
  test.run_schedules()
  test.assert_eq({ name = "cv.txt" }, json.decode(test.requests()[1].body).data.data.cv)
end

function test_who_does_not_take_it_is_asked_again_later()
  webhook()
  submit()
  test.mock_request("POST", URL, { status = 503 })
  test.run_schedules()
  test.assert_eq({ 1, 0, 1 }, { queue().pending, queue().failed, queue().recent_failures[1].attempts })
  test.assert_contains(queue().recent_failures[1].last_error, "503")
  test.run_schedules()
  test.assert_eq(1, #test.requests(), "not before its time")
  test.advance(61)
  test.mock_request("POST", URL, { status = 200 })
  test.run_schedules()
  test.assert_eq({ 2, 0 }, { #test.requests(), queue().pending })
  test.assert_eq(test.requests()[1].headers["webhook-id"], test.requests()[2].headers["webhook-id"])
end

function test_after_eight_attempts_it_has_failed()
  webhook()
  submit()
  for _ = 1, 10 do
    test.run_schedules()
    test.advance(60000)
  end
  test.assert_eq({ 8, 0, 1 }, { #test.requests(), queue().pending, queue().failed })
end

function test_a_form_that_is_deleted_tells_once()
  webhook()
  submit()
  test.request("DELETE", "/forms/" .. id .. "?version=2")
  test.mock_request("POST", URL, { status = 200 })
  test.run_schedules()
  local events = {}
  for index, one in ipairs(test.requests()) do
    events[index] = json.decode(one.body).type
  end
  test.assert_eq({ "entry.created", "form.deleted" }, events)
end

function test_seconds_of_a_timestamp()
  test.assert_eq(0, signing.seconds("1970-01-01T00:00:00Z"))
  test.assert_eq(951827696, signing.seconds("2000-02-29T12:34:56Z"))
  test.assert_eq(1893456000, signing.seconds("2030-01-01T00:00:00.123Z"))
end
