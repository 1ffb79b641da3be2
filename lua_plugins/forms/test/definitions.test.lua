-- Forms and fields: made, changed, ordered, and never by two people at once.

local function post(path, body)
  return test.request("POST", path, { json = body })
end

local function form(more)
  local body = { name = "Contact", success_message = "Thanks!" }
  for key, value in pairs(more or {}) do
    body[key] = value
  end
  local answer = post("/forms", body)
  test.assert_eq(201, answer.status, answer.body)
  return answer.json
end

local function field(form_id, version, body)
  body.version = version
  local answer = post("/forms/" .. form_id .. "/fields", body)
  test.assert_eq(201, answer.status, answer.body)
  return answer.json
end

function test_a_form_is_made_with_defaults()
  local made = form()
  test.assert_eq({ "Contact", "Submit", "Thanks!", true, 1, 100, false }, {
    made.name, made.submit_label, made.success_message, made.enabled, made.version, made.rate_limit,
    made.has_captcha_secret,
  })
  test.assert_nil(made.redirect_url)
  test.assert_eq(26, #made.id)
  local listed = test.request("GET", "/forms").json
  test.assert_eq({ 1, 20, 0, made.id }, { listed.total, listed.limit, listed.offset, listed.items[1].id })
end

function test_a_change_makes_the_next_version()
  local made = form()
  local path = "/forms/" .. made.id
  local changed = test.request("PUT", path, { json = { name = "Contact us", enabled = false, version = 1 } })
  test.assert_eq({ 200, 2, "Contact us", false }, {
    changed.status, changed.json.version, changed.json.name, changed.json.enabled,
  })
  local late = test.request("PUT", path, { json = { name = "Other", version = 1 } })
  test.assert_eq({ 409, "version conflict", 2 }, { late.status, late.json.error, late.json.current_version })
  late = test.request("PUT", path, { json = { name = "Other" } })
  test.assert_eq({ 409, 2 }, { late.status, late.json.current_version }, "without a version")
  test.assert_eq(409, test.request("DELETE", path).status)
  test.assert_eq(400, test.request("PUT", path, { json = { name = "Other", version = "2" } }).status)
  test.assert_eq("Contact us", test.request("GET", path).json.name)
  test.assert_eq(404, test.request("PUT", "/forms/nothing", { json = { version = 1 } }).status)
end

function test_a_form_is_deleted_with_all_that_is_in_it()
  local made = form()
  field(made.id, 1, { name = "email", field_type = "email" })
  post("/forms/" .. made.id .. "/submit", { email = "a@example.org" })
  test.assert_eq(409, test.request("DELETE", "/forms/" .. made.id, { json = { version = 1 } }).status)
  local deleted = test.request("DELETE", "/forms/" .. made.id .. "?version=2")
  test.assert_eq({ 200, true }, { deleted.status, deleted.json.deleted })
  test.assert_eq(404, test.request("GET", "/forms/" .. made.id).status)
  test.assert_eq({ 0, 0 }, { db.count("fields"), db.count("entries") })
end

function test_captcha_secrets_are_kept_and_never_shown()
  local made = form({ captcha_config = { provider = "turnstile", site_key = "1x" }, captcha_secret = "hidden-one" })
  test.assert_eq(true, made.has_captcha_secret)
  for _, path in ipairs({ "/forms", "/forms/" .. made.id, "/forms/" .. made.id .. "/public" }) do
    local answer = test.request("GET", path)
    test.assert(not answer.body:find("hidden-one", 1, true), path)
    test.assert_contains(answer.body, "turnstile")
  end
end

function test_fields_have_versions_positions_and_unique_names()
  local made = form()
  local one = field(made.id, 1, { name = "email", field_type = "email", required = true, label = "E-mail" })
  test.assert_eq({ 2, 0, true, "E-mail" }, { one.version, one.position, one.required, one.label })
  local two = field(made.id, 2, { name = "message", field_type = "textarea", validation_rules = { min_length = 3 } })
  test.assert_eq({ 3, 1, 3 }, { two.version, two.position, two.validation_rules.min_length })
  test.assert_eq(409, post("/forms/" .. made.id .. "/fields", {
    name = "email", field_type = "text", version = 3,
  }).status)
  local changed = test.request("PUT", "/fields/" .. one.id, { json = { label = "Address", version = 3 } })
  test.assert_eq({ 200, 4, "Address" }, { changed.status, changed.json.version, changed.json.label })
  local late = test.request("PUT", "/fields/" .. one.id, { json = { label = "Late", version = 3 } })
  test.assert_eq({ 409, 4 }, { late.status, late.json.current_version })
  local deleted = test.request("DELETE", "/fields/" .. two.id, { json = { version = 4 } })
  test.assert_eq({ 200, true, 5 }, { deleted.status, deleted.json.deleted, deleted.json.version })
  test.assert_eq(1, test.request("GET", "/forms/" .. made.id .. "/fields").json.total)
end

function test_fields_are_ordered_anew()
  local made = form()
  local ids = {}
  for index, name in ipairs({ "a", "b", "c" }) do
    ids[index] = field(made.id, index, { name = name, field_type = "text" }).id
  end
  local path = "/forms/" .. made.id .. "/fields/reorder"
  local answer = post(path, { field_ids = { ids[3], ids[1], ids[2] }, version = 4 })
  test.assert_eq({ 200, 5 }, { answer.status, answer.json.version })
  local names = {}
  for index, one in ipairs(test.request("GET", "/forms/" .. made.id).json.fields) do
    names[index] = one.name
  end
  test.assert_eq({ "c", "a", "b" }, names)
  for _, wrong in ipairs({ { ids[1] }, { ids[1], ids[1], ids[2] }, { ids[1], ids[2], "other" } }) do
    test.assert_eq(400, post(path, { field_ids = wrong, version = 5 }).status)
  end
end

function test_definitions_that_are_none_are_refused()
  local made = form()
  for _, wrong in ipairs({
    {}, { name = "a" }, { name = "a", field_type = "colour" }, { name = "1a", field_type = "text" },
    { name = "a", field_type = "select" }, { name = "a", field_type = "radio", options = {} },
    { name = "a", field_type = "select", options = { 1, 2 } }, { name = "a", field_type = "text", size = 3 },
    { name = "a", field_type = "text", required = "yes" },
    { name = "a", field_type = "text", validation_rules = { pattern = ".*" } },
    { name = "a", field_type = "file", validation_rules = { max_file_size = 1000000 } },
  }) do
    wrong.version = 1
    test.assert_eq(400, post("/forms/" .. made.id .. "/fields", wrong).status, json.encode(wrong))
  end
  for _, wrong in ipairs({
    {}, { name = " " }, { name = 5 }, { name = "a", rate_limit = 0 }, { name = "a", redirect_url = "javascript:x" },
    { name = "a", colour = "red" }, { name = string.rep("a", 201) },
  }) do
    test.assert_eq(400, post("/forms", wrong).status, json.encode(wrong))
  end
  test.assert_eq(400, post("/forms", { 1, 2 }).status)
  test.assert_eq(1, test.request("GET", "/forms/" .. made.id).json.version, "what is refused changes nothing")
end

function test_who_may()
  local made = form()
  for _, path in ipairs({ "/forms", "/forms/" .. made.id, "/forms/" .. made.id .. "/entries" }) do
    test.assert_eq(401, test.request("GET", path, { auth = "none" }).status, path)
    test.assert_eq(403, test.request("GET", path, { auth = "viewer" }).status, path)
  end
  test.assert_eq(403, test.request("POST", "/forms", { auth = "viewer", json = { name = "x" } }).status)
  test.assert_eq(200, test.request("GET", "/forms/" .. made.id .. "/public", { auth = "none" }).status)
end
