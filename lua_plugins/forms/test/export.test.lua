-- The export: all entries, in order, part after part.

local id

local function entry(data)
  local answer = test.request("POST", "/forms/" .. id .. "/submit", { json = data, auth = "none" })
  test.assert_eq(201, answer.status, answer.body)
  return answer.json.id
end

test.setup(function()
  id = test.request("POST", "/forms", { json = { name = "Survey", rate_limit = 1000 } }).json.id
  for version, name in ipairs({ "name", "words" }) do
    test.request("POST", "/forms/" .. id .. "/fields", {
      json = { name = name, field_type = "textarea", version = version },
    })
  end
end)

function test_parts_follow_each_other()
  local ids = {}
  for index = 1, 5 do
    ids[index] = entry({ name = "n" .. index })
  end
  local seen, after, parts = {}, "", 0
  repeat
    local part = test.request("GET", "/forms/" .. id .. "/export?limit=2&after=" .. after).json
    for _, one in ipairs(part.items) do
      seen[#seen + 1] = one.id
    end
    test.assert_eq(#part.items, part.count)
    after, parts = part.after, parts + 1
  until not part.has_more
  test.assert_eq(ids, seen)
  test.assert_eq(3, parts)
  local rest = test.request("GET", "/forms/" .. id .. "/export?after=" .. ids[5]).json
  test.assert_eq({ items = {}, count = 0, has_more = false }, rest)
end

function test_large_entries_make_parts_of_their_own()
  for _ = 1, 60 do
    entry({ name = "large", words = string.rep("w", 45000) })
  end
  local part = test.request("GET", "/forms/" .. id .. "/export").json
  test.assert(part.has_more)
  test.assert(part.count >= 40 and part.count < 60, tostring(part.count))
  local rest = test.request("GET", "/forms/" .. id .. "/export?after=" .. part.after).json
  test.assert_eq({ 60, false }, { part.count + rest.count, rest.has_more })
end

function test_a_table_that_is_safe_to_open()
  local first = entry({ name = '=HYPERLINK("https://evil.example")', words = "a, b" })
  local last = entry({ name = "Ada", words = "one\ntwo" })
  local answer = test.request("GET", "/forms/" .. id .. "/export?format=csv")
  test.assert_contains(answer.headers["content-type"], "text/csv")
  test.assert_eq({ last, "false" }, { answer.headers["x-after"], answer.headers["x-has-more"] })
  local body = answer.body:gsub("%d+%-%d+%-%d+T[%d:.]+Z", "TIME")
  test.assert_eq(
    "id,created_at,form_version,name,words\r\n"
      .. first .. ',TIME,3,"\'=HYPERLINK(""https://evil.example"")","a, b"\r\n'
      .. last .. ',TIME,3,Ada,"one\ntwo"\r\n',
    body
  )
end

function test_what_cannot_be_exported_is_refused()
  for _, query in ipairs({ "format=xml", "limit=0", "limit=10001", "limit=x" }) do
    test.assert_eq(400, test.request("GET", "/forms/" .. id .. "/export?" .. query).status, query)
  end
  test.assert_eq(404, test.request("GET", "/forms/nothing/export").status)
end
