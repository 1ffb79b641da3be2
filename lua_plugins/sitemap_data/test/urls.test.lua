test.setup(function()
  local made = test.request("POST", "/api/v1/types", { json = {
    name = "page", kind = "page", public = true, fields = { { name = "title", type = "text" },
      { name = "slug", type = "slug", options = { source = "title" } } },
  } })
  test.assert_eq(201, made.status, made.body)
  for title, slug in pairs({ One = "one", Two = "two", Three = "drei-und-mehr" }) do
    local data = { title = title, slug = slug }
    local entry = test.request("POST", "/api/v1/content/page", { json = { data = data } })
    test.assert_eq(201, entry.status, entry.body)
    if title ~= "Two" then
      local published = test.request("POST", "/api/v1/content/page/" .. entry.json.id .. "/publish", { json = {} })
      test.assert_eq(200, published.status, published.body)
    end
  end
end)

function test_published_pages_are_listed_with_address_and_time()
  local answer = test.request("GET", "/urls", { auth = "none" })
  test.assert_eq(200, answer.status, answer.body)
  test.assert_eq(2, answer.json.total)
  local locs = {}
  for index, item in ipairs(answer.json.items) do
    locs[index] = item.loc
    test.assert_contains(item.lastmod, "T")
    test.assert_eq("page", item.type)
    test.assert_nil(item.alternates, "one language has no alternates")
  end
  test.assert_eq({ "https://example.org/en/drei-und-mehr", "https://example.org/en/one" }, locs)
end

function test_types_that_are_not_public_are_left_out()
  local changed = test.request("PATCH", "/api/v1/types/page", { json = { public = false, revision = 1 } })
  test.assert_eq(200, changed.status, changed.body)
  test.assert_eq({ 0, {} }, { test.request("GET", "/urls", { auth = "none" }).json.total, {} })
end

function test_languages_name_each_other()
  test.assert_eq(201, test.request("POST", "/api/v1/locales", { json = { code = "de", label = "Deutsch" } }).status)
  test.request("POST", "/api/v1/types", { json = {
    name = "story", kind = "page", public = true, fields = { { name = "slug", type = "slug", localized = true } },
  } })
  local id = test.request("POST", "/api/v1/content/story", { json = { data = { slug = "story" } } }).json.id
  local path = "/api/v1/content/story/" .. id
  local changed = test.request("PATCH", path, { json = { locale = "de", data = { slug = "geschichte" } } })
  test.assert_eq(200, changed.status, changed.body)
  for _, locale in ipairs({ "en", "de" }) do
    local published = test.request("POST", path .. "/publish", { json = { locale = locale } })
    test.assert_eq(200, published.status, published.body)
  end
  local found = {}
  for _, item in ipairs(test.request("GET", "/urls", { auth = "none" }).json.items) do
    found[item.loc] = item
  end
  local german = found["https://example.org/de/geschichte"]
  test.assert_eq("de", german.locale)
  test.assert_eq(2, #german.alternates)
  test.assert_contains(german.alternates, { locale = "en", loc = "https://example.org/en/story" })
  test.assert_contains(german.alternates, { locale = "de", loc = "https://example.org/de/geschichte" })
end

function test_it_comes_in_pages()
  local first = test.request("GET", "/urls?per_page=1", { auth = "none" }).json
  local second = test.request("GET", "/urls?per_page=1&page=2", { auth = "none" }).json
  test.assert_eq({ 1, 2, 2 }, { #first.items, first.pages, first.total })
  test.assert_neq(first.items[1].loc, second.items[1].loc)
  test.assert_eq({}, test.request("GET", "/urls?page=9", { auth = "none" }).json.items)
end

function test_bad_numbers_are_refused()
  for _, query in ipairs({ "page=0", "per_page=5000", "page=x", "page=1.5" }) do
    test.assert_eq(400, test.request("GET", "/urls?" .. query, { auth = "none" }).status, query)
  end
end
