-- Submissions: what is taken, what is refused, and what robots believe.

local id

local function add(body)
  body.version = test.request("GET", "/forms/" .. id).json.version
  local answer = test.request("POST", "/forms/" .. id .. "/fields", { json = body })
  test.assert_eq(201, answer.status, answer.body)
end

local function submit(body, options)
  options = options or { json = body }
  options.auth = "none"
  return test.request("POST", "/forms/" .. id .. "/submit", options)
end

local function change(body)
  body.version = test.request("GET", "/forms/" .. id).json.version
  test.assert_eq(200, test.request("PUT", "/forms/" .. id, { json = body }).status)
end

local function entries()
  return test.request("GET", "/forms/" .. id .. "/entries").json
end

test.setup(function()
  id = test.request("POST", "/forms", { json = { name = "Contact", success_message = "Thanks!" } }).json.id
  add({ name = "email", field_type = "email", required = true })
  add({ name = "message", field_type = "textarea", validation_rules = { min_length = 3, max_length = 10 } })
end)

function test_an_entry_is_kept_with_the_version_of_its_form()
  local answer = submit({ email = "a@example.org", message = "Hello" })
  test.assert_eq({ 201, "Thanks!", nil }, { answer.status, answer.json.message, answer.json.redirect_url })
  local seen = test.request("GET", "/entries/" .. answer.json.id).json
  test.assert_eq({ id, 3, { email = "a@example.org", message = "Hello" } }, {
    seen.form_id, seen.form_version, seen.data,
  })
  test.assert_eq({ 1, 20, 0 }, { entries().total, entries().limit, entries().offset })
  test.assert_eq({ deleted = true }, test.request("DELETE", "/entries/" .. answer.json.id).json)
  test.assert_eq(404, test.request("GET", "/entries/" .. answer.json.id).status)
end

function test_every_fault_is_told_at_once_and_nothing_is_kept()
  local answer = submit({ email = "nobody", message = "hi", colour = "red" })
  test.assert_eq({ 400, "validation failed" }, { answer.status, answer.json.error })
  local fields = {}
  for index, fault in ipairs(answer.json.errors) do
    fields[index] = fault.field
  end
  test.assert_eq({ "colour", "email", "message" }, fields)
  test.assert_eq("email", submit({}).json.errors[1].field)
  local many = {}
  for index = 1, 500 do
    many["field" .. index] = "x"
  end
  test.assert_eq(50, #submit(many).json.errors)
  test.assert_eq(400, submit(nil, { body = "[1]" }).status)
  test.assert_eq(400, submit(nil, { body = "{" }).status)
  test.assert_eq(0, entries().total)
end

function test_a_robot_is_thanked_and_nothing_is_kept()
  local real = submit({ email = "a@example.org" })
  local fake = submit({ email = "a@example.org", _hp = "gotcha" })
  test.assert_eq({ real.status, real.json.message, #real.json.id }, {
    fake.status, fake.json.message, #fake.json.id,
  })
  test.assert_eq(1, entries().total)
  test.assert_eq(201, submit({ email = "a@example.org", _hp = "" }).status)
end

function test_a_form_takes_so_many_entries_an_hour()
  change({ rate_limit = 2 })
  test.assert_eq(201, submit({ email = "a@example.org" }).status)
  test.assert_eq(201, submit({ email = "a@example.org" }).status)
  local refused = submit({ email = "a@example.org" })
  test.assert_eq(429, refused.status)
  test.assert_not_nil(refused.headers["retry-after"])
  test.advance(3601)
  test.assert_eq(201, submit({ email = "a@example.org" }).status)
end

function test_a_form_that_is_off_is_not_there()
  change({ enabled = false })
  test.assert_eq(404, submit({ email = "a@example.org" }).status)
  test.assert_eq(404, test.request("GET", "/forms/" .. id .. "/public", { auth = "none" }).status)
end

function test_what_is_public_of_a_form()
  local seen = test.request("GET", "/forms/" .. id .. "/public", { auth = "none" }).json
  test.assert_eq({ "Contact", 3, "email" }, { seen.name, seen.version, seen.fields[1].name })
  test.assert_nil(seen.rate_limit)
  test.assert_nil(seen.has_captcha_secret)
end

function test_lengths_count_characters()
  test.assert_eq(201, submit({ email = "a@example.org", message = "äöüäöüäöüä" }).status)
  test.assert_eq(400, submit({ email = "a@example.org", message = "äöüäöüäöüäö" }).status)
end

function test_forms_without_a_script()
  local options = { headers = { ["content-type"] = "application/x-www-form-urlencoded" } }
  options.body = "email=a%40example.org&message=Hi+you"
  local answer = submit(nil, options)
  test.assert_eq(201, answer.status, answer.body)
  test.assert_eq("Hi you", entries().items[1].data.message)
  change({ redirect_url = "https://example.org/thanks" })
  answer = submit(nil, options)
  test.assert_eq({ 303, "https://example.org/thanks" }, { answer.status, answer.headers.location })
  test.assert_eq("https://example.org/thanks", submit({ email = "a@example.org" }).json.redirect_url)
end

local GOOD = {
  text = { "x", 5 }, textarea = { "one\ntwo" }, email = { "a.b+c@mail.example.org" },
  number = { 7, -1.5, "3.25", "1e3" }, tel = { "+49 30 1234" }, url = { "https://example.org/a?b=c" },
  date = { "2030-01-01" }, time = { "12:30" }, datetime = { "2030-01-01T12:30" },
  select = { "One" }, radio = { "Two" }, checkbox = { true, "on", "1" },
  hidden = { "token" }, file = { "aGVsbG8=", { name = "a.txt", type = "text/plain", data = "aGVsbG8=" } },
}
local BAD = {
  text = { true, { "x" } }, email = { "a", "a@b", "@example.org", "a b@example.org" },
  number = { "x", "1.2.3", true, string.rep("1", 300000) .. "x" },
  url = { "ftp://example.org", "example.org" }, select = { "Three", 1 }, radio = { "three" },
  checkbox = { false, "maybe", "off" }, file = { "no base64!", 5, { name = "x" } }, tel = { { 1 } },
}

function test_values_of_all_types()
  local kinds = require("kinds")
  for kind, values in pairs(GOOD) do
    for _, value in ipairs(values) do
      local kept, fault = kinds.check(value, { field_type = kind, options = { "One", "Two" }, required = true })
      test.assert_not_nil(kept, kind .. ": " .. tostring(fault))
    end
  end
  for kind, values in pairs(BAD) do
    for _, value in ipairs(values) do
      local kept = kinds.check(value, { field_type = kind, options = { "One", "Two" }, required = true })
      test.assert_nil(kept, kind)
    end
  end
  test.assert_eq(3.25, (kinds.check("3.25", { field_type = "number" })))
  test.assert_eq(false, (kinds.check("off", { field_type = "checkbox" })))
end

function test_files_have_a_size()
  add({ name = "cv", field_type = "file", validation_rules = { max_file_size = 1000 } })
  test.assert_eq(201, submit({ email = "a@example.org", cv = string.rep("A", 1332) .. "AA==" }).status)
  local answer = submit({ email = "a@example.org", cv = string.rep("A", 2000) })
  test.assert_eq({ 400, "cv" }, { answer.status, answer.json.errors[1].field })
end

function test_what_widgets_add_is_not_kept()
  local body = { email = "a@example.org", ["g-recaptcha-response"] = string.rep("x", 500), _extra = "1" }
  test.assert_eq(201, submit(body).status)
  test.assert_eq({ email = "a@example.org" }, entries().items[1].data)
end
