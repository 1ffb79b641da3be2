local words = require("words")

local function saved(data)
  test.request("POST", "/api/v1/types", { json = {
    name = "post", kind = "collection", fields = {
      { name = "title", type = "text" }, { name = "body", type = "text" }, { name = "reading_time", type = "number" },
    },
  } })
  local answer = test.request("POST", "/api/v1/content/post", { json = { data = data } })
  test.assert_eq(201, answer.status, answer.body)
  return answer.json
end

function test_an_entry_gets_its_minutes_when_it_is_made()
  local entry = saved({ title = "A title", body = string.rep("word and ", 150) })
  test.assert_eq(4, entry.data.reading_time)
end

function test_it_changes_with_the_text()
  local entry = saved({ title = "A title", body = "short it is" })
  test.assert_eq(1, entry.data.reading_time)
  local answer = test.request("PATCH", "/api/v1/content/post/" .. entry.id, {
    json = { data = { body = string.rep("more words ", 100) } },
  })
  test.assert_eq(200, answer.status, answer.body)
  test.assert_eq(3, answer.json.data.reading_time)
end

function test_other_types_are_left_alone()
  local fault, changed = test.fire_hook("before_create", "content_data", {
    type = "page", data = { body = string.rep("word and ", 150) },
  })
  test.assert_nil(fault)
  test.assert_nil(changed)
end

function test_what_counts_as_words()
  test.assert_eq(0, words.count("just-a-slug"))
  test.assert_eq(3, words.count("<p>one <b>two</b> three</p>"))
  test.assert_eq(4, words.count({ { type = "text", text = "one two" }, { inner = { "three four" } } }))
  test.assert_eq(2, words.count("日本語文字"))
  test.assert_eq(2, words.count("größer als"))
  test.assert_eq(0, words.count(17))
  test.assert_eq(2, words.count(string.rep("<", 200000) .. " two words"))
end
